// <field-photo>: a known network's layers, and what one unit of each sees of a photograph: all of it
// within the frame, most of the weight within the ellipse.
import { colour, element, oneOf, penOf, shown, Touch, whole } from "./touch.js"

const NETWORKS = await (await fetch(new URL("networks.json", import.meta.url))).json()
const NAMES = Object.keys(NETWORKS)
const SIDE = 128 // pixels of the photograph
const DEEPEST = Math.max(...Object.values(NETWORKS).map((rows) => rows.length))

class FieldPhoto extends Touch {
  label = "What one unit sees of a photograph"

  static fields = {
    network: oneOf(NAMES[0], NAMES),
    depth: whole(13, 1, DEEPEST),
    pixel: {
      first: [56, 64],
      accepts: (value) =>
        Array.isArray(value) &&
        value.length === 2 &&
        value.every((n) => whole(0, 0, SIDE - 1).accepts(n)),
    },
  }

  settle(state) {
    state.depth = Math.min(state.depth, NETWORKS[state.network].length)
    return state
  }

  // The unit whose field has its middle nearest to the pixel.
  compute({ network, depth, pixel }) {
    const { name, size, jump, start, sigma } = NETWORKS[network][depth - 1]
    const unit = pixel.map((n) => Math.max(0, Math.round((n - start) / jump)))
    const centre = unit.map((n) => start + n * jump)
    const box = centre.map((n) => [n - (size - 1) / 2, n + (size - 1) / 2])
    const inside = box.map(([a, b]) => Math.min(b, SIDE - 1) - Math.max(a, 0) + 1)
    return { name, size, jump, sigma, unit, centre, box, inside }
  }

  build() {
    this.photograph = new Image()
    this.photograph.addEventListener("load", () => this.draw())
    this.photograph.src = new URL("photograph-128.png", import.meta.url)
    this.canvas = element("canvas", { role: "img", tabindex: 0 })
    for (const sign of ["pointerdown", "pointermove"]) {
      this.canvas.addEventListener(sign, (event) => this.#pointed(event))
    }
    this.canvas.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(() => this.draw()).observe(this.canvas)
    this.told = element("p")
    const names = NAMES.map((name) => [name, name])
    this.depth = this.slider("depth", "layer", 1, DEEPEST)
    const controls = element(
      "div",
      { class: "controls" },
      this.depth,
      this.choice("network", "network", names),
      this.resetButton(),
    )
    this.stage.append(this.canvas, this.told, controls)
  }

  // The whole frame is on the canvas, with what hangs over the photograph.
  get #view() {
    const { size } = NETWORKS[this.state.network].at(-1)
    const extent = Math.max(SIDE, size + 16)
    return { extent, first: (SIDE - extent) / 2, unit: this.canvas.clientWidth / extent }
  }

  #pointed({ offsetX, offsetY, pointerType, buttons }) {
    if (pointerType !== "mouse" && !buttons) return
    const { first, unit } = this.#view
    this.#look([offsetY, offsetX].map((n) => Math.round(n / unit + first)))
  }

  #key(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
    const step = steps[event.key]
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const { centre, jump } = this.result
    this.#look(centre.map((n, axis) => Math.round(n + step[axis] * jump)))
  }

  #look(pixel) {
    this.state = { pixel: pixel.map((n) => Math.max(0, Math.min(n, SIDE - 1))) }
  }

  draw() {
    const { extent, first, unit } = this.#view
    this.depth.querySelector("input").max = NETWORKS[this.state.network].length
    const pen = penOf(this.canvas, this.canvas.clientWidth, extent * unit)
    const place = (n) => (n - first) * unit
    pen.fillStyle = colour("--fig-grid")
    pen.fillRect(0, 0, extent * unit, extent * unit)
    if (this.photograph.naturalWidth) {
      pen.drawImage(this.photograph, place(0), place(0), SIDE * unit, SIDE * unit)
    }
    this.#drawField(pen, place, unit)
    this.told.textContent = this.words()
    this.canvas.ariaLabel = this.words()
  }

  #drawField(pen, place, unit) {
    const { size, sigma, centre, box } = this.result
    pen.lineWidth = 3
    pen.strokeStyle = colour("--fig-2")
    pen.strokeRect(place(box[1][0] - 0.5), place(box[0][0] - 0.5), size * unit, size * unit)
    pen.strokeStyle = colour("--fig-1")
    pen.setLineDash([6, 4])
    pen.beginPath()
    const radius = Math.max(2, 2 * sigma * unit)
    pen.arc(place(centre[1]), place(centre[0]), radius, 0, 2 * Math.PI)
    pen.stroke()
    pen.setLineDash([])
  }

  code() {
    const { network, depth } = this.state
    const { unit } = this.result
    return {
      depth: String(depth),
      layers: `networks.${network}[:depth]`,
      unit: `${unit[0]}, ${unit[1]}`,
    }
  }

  words() {
    const { name, size, sigma, inside, unit } = this.result
    const over = inside.some((n) => n < size)
      ? ` Of these, ${inside[0]}×${inside[1]} lie on the photograph.`
      : ""
    return (
      `${this.state.network}, ${name}: unit (${unit[0]}, ${unit[1]}) sees ${size}×${size} pixels ` +
      `(frame).${over} With equal weights, most of the weight lies within ±2σ = ${shown(2 * sigma, 1)} ` +
      "pixels of the middle (dashed)."
    )
  }
}

customElements.define("field-photo", FieldPhoto)
