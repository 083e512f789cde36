// <field-photo>: a known network's layers, and what one unit of each sees of a photograph: all of it
// within the frame, the more the brighter it is tinted.
import { influence } from "./influence.js"
import { stepOf } from "./keys.js"
import { pointing } from "./pointing.js"
import { colour, element, oneOf, penOf, place, shown, Touch, whole } from "./touch.js"

const NETWORKS = await (await fetch(new URL("networks.json", import.meta.url))).json()
const CALLS = Object.keys(NETWORKS)
const NAMES = {
  "vgg(16)": "VGG-16",
  "alexnet()": "AlexNet",
  "resnet(18)": "ResNet-18",
  "resnet(50)": "ResNet-50",
  "mobilenet_v1()": "MobileNet v1",
  "googlenet()": "GoogLeNet",
}
const SIDE = 128 // pixels of the photograph
const BESIDE = 12 // pixels around it that are shown, whatever the network
const DEEPEST = Math.max(...Object.values(NETWORKS).map((rows) => rows.length))

class FieldPhoto extends Touch {
  label = "What one unit sees of a photograph"
  #weights = {} // of the layer that was drawn last

  static fields = {
    network: oneOf(CALLS[0], CALLS),
    depth: whole(13, 1, DEEPEST), // as asked; a network with fewer layers shows its last
    pixel: place([56, 64], SIDE - 1),
  }

  // The unit whose field has its middle nearest to the pixel.
  compute({ network, depth: asked, pixel }) {
    const depth = Math.min(asked, NETWORKS[network].length)
    const { name, size, jump, start, sigma } = NETWORKS[network][depth - 1]
    const unit = pixel.map((n) => Math.max(0, Math.round((n - start) / jump)))
    const centre = unit.map((n) => start + n * jump)
    const box = centre.map((n) => [n - (size - 1) / 2, n + (size - 1) / 2])
    const inside = box.map(([a, b]) => Math.min(b, SIDE - 1) - Math.max(a, 0) + 1)
    return { depth, name, size, jump, sigma, unit, centre, box, inside }
  }

  // How much each pixel within the frame counts.
  get influence() {
    const { network } = this.state
    const { depth } = this.result
    const of = `${network} ${depth}`
    if (this.#weights.of !== of) {
      const { weights } = influence(NETWORKS[network].slice(0, depth))
      this.#weights = {
        of,
        weights,
        largest: weights.reduce((most, weight) => Math.max(most, weight), 0),
      }
    }
    return this.#weights
  }

  build() {
    this.photograph = new Image()
    this.photograph.addEventListener("load", () => this.draw())
    this.photograph.src = new URL("photograph-128.png", import.meta.url)
    this.canvas = element("canvas")
    this.handle = element("span", { class: "handle" })
    const picture = element(
      "div",
      {
        class: "picture",
        role: "application",
        tabindex: 0,
        "aria-label": "Photograph: arrow keys turn to another unit",
        "aria-describedby": `${this.id}-told`,
      },
      this.canvas,
      this.handle,
    )
    pointing(picture, {
      look: (event) => this.#glance(this.#pixelAt(event)),
      choose: (event) => this.#look(this.#pixelAt(event)),
      leave: () => this.#glance(undefined),
    })
    picture.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(() => this.draw()).observe(this.canvas)
    this.told = element("p", { id: `${this.id}-told` })
    this.depth = element("input", { type: "range", min: 1 })
    this.depth.addEventListener("input", () => {
      this.state = { depth: Number(this.depth.value) }
    })
    this.layer = element("span", { "aria-hidden": true }) // the slider has it as its value
    this.network = element("select")
    this.network.append(...CALLS.map((call) => element("option", { value: call }, NAMES[call])))
    this.network.addEventListener("change", () => {
      this.state = { network: this.network.value }
    })
    const slider = element("label", {}, "layer", this.depth, this.layer)
    const choice = element("label", {}, "network", this.network)
    this.stage.append(
      element("div", { class: "controls" }, choice, slider),
      picture,
      this.told,
      element("div", { class: "controls" }, this.resetButton()),
    )
  }

  // On the screen, a pixel of the photograph is always as large.
  get #unit() {
    return this.canvas.clientWidth / (SIDE + 2 * BESIDE)
  }

  #pixelAt({ clientX, clientY }) {
    const { left, top } = this.canvas.getBoundingClientRect()
    const offsets = [clientY - top, clientX - left]
    return onPhotograph(offsets.map((n) => Math.floor(n / this.#unit - BESIDE)))
  }

  // What a pointer is over is seen in place of what is chosen, until it leaves.
  #glance(pixel) {
    this.glanced = pixel
    this.draw()
  }

  #look(pixel) {
    this.glanced = undefined
    this.state = { pixel }
  }

  #key(event) {
    const step = stepOf(event)
    if (!step) return
    const { centre, jump } = this.result
    const to = (n, axis) => Math.round(n + step[axis] * jump)
    this.#look(onPhotograph(centre.map((n, axis) => to(n, axis))))
  }

  draw() {
    const { glanced: pixel, state } = this
    const seen = pixel ? this.compute({ ...state, pixel }) : this.result
    const last = NETWORKS[state.network].length
    this.network.value = state.network
    this.depth.max = last
    this.depth.value = seen.depth
    this.depth.ariaValueText = `${seen.name}, ${seen.depth} of ${last}`
    this.layer.textContent = `${seen.depth} of ${last}, ${seen.name}`
    this.#drawPhotograph(seen)
    this.told.textContent = this.#told(seen)
  }

  #drawPhotograph(seen) {
    const unit = this.#unit
    const extent = SIDE + 2 * BESIDE
    const pen = penOf(this.canvas, this.canvas.clientWidth, extent * unit)
    const at = (n) => (n + BESIDE) * unit
    pen.fillStyle = colour("--fig-grid")
    pen.fillRect(0, 0, extent * unit, extent * unit)
    if (this.photograph.naturalWidth) {
      pen.drawImage(this.photograph, at(0), at(0), SIDE * unit, SIDE * unit)
    }
    this.#drawInfluence(pen, seen, at, unit)
    pen.lineWidth = 3
    pen.strokeStyle = colour("--fig-2")
    square(pen, seen.centre, seen.size, at, unit)
    drawArrows(pen, seen, at, extent * unit)
    pen.strokeStyle = colour("--fig-1")
    pen.setLineDash([6, 4])
    square(pen, seen.centre, 4 * seen.sigma, at, unit)
    pen.setLineDash([])
    Object.assign(this.handle.style, {
      left: `${at(seen.centre[1] + 0.5)}px`,
      top: `${at(seen.centre[0] + 0.5)}px`,
      width: `${seen.size * unit}px`,
    })
  }

  // What isn't seen is pale; what is seen is tinted, as strongly as it counts.
  #drawInfluence(pen, { box, size, inside }, at, unit) {
    const { weights, largest } = this.influence
    const [top, left] = box.map(([first]) => first)
    const [from, across] = [Math.max(0, top), Math.max(0, left)]
    const tint = new ImageData(SIDE, SIDE)
    for (let row = from; row < from + inside[0]; row += 1) {
      for (let column = across; column < across + inside[1]; column += 1) {
        const weight = weights[(row - top) * size + column - left]
        tint.data[4 * (row * SIDE + column) + 3] = (0.75 * 255 * weight) / largest
      }
    }
    const picture = new OffscreenCanvas(SIDE, SIDE)
    const drawn = picture.getContext("2d")
    drawn.putImageData(tint, 0, 0)
    drawn.globalCompositeOperation = "source-in"
    drawn.fillStyle = colour("--fig-1")
    drawn.fillRect(0, 0, SIDE, SIDE)
    drawn.globalCompositeOperation = "source-over"
    drawn.globalAlpha = 0.65
    drawn.fillStyle = colour("--md-default-bg-color")
    drawn.rect(0, 0, SIDE, SIDE)
    drawn.rect(left, top, size, size)
    drawn.fill("evenodd")
    pen.imageSmoothingEnabled = false
    pen.drawImage(picture, at(0), at(0), SIDE * unit, SIDE * unit)
  }

  code() {
    const { network } = this.state
    const { depth, unit } = this.result
    return {
      depth: String(depth),
      layers: `networks.${network}[:depth]`,
      unit: `${unit[0]}, ${unit[1]}`,
    }
  }

  words() {
    return this.#told(this.result)
  }

  #told({ name, depth, size, sigma, box, inside, unit }) {
    const { network } = this.state
    const further = goesOn(box).flat().includes(true) ? " (triangles: it goes on)" : ""
    const on = inside.some((n) => n < size) ? `; ${inside.join("×")} lie on the photograph` : ""
    return (
      `${NAMES[network]}, layer ${depth} of ${NETWORKS[network].length} (${name}): the number at row ` +
      `${unit[0]}, column ${unit[1]} sees ${size}×${size} pixels, the frame${further}${on}. The more a ` +
      `pixel counts, the stronger its tint: most within the dashed square, ${shown(4 * sigma, 0)} across.`
    )
  }
}

const onPhotograph = (pixel) => pixel.map((n) => Math.max(0, Math.min(n, SIDE - 1)))

function square(pen, [row, column], side, at, unit) {
  const corner = (n) => at(n + 0.5 - side / 2)
  pen.strokeRect(corner(column), corner(row), side * unit, side * unit)
}

// Above and below, left and right: whether the frame goes on outside of the canvas.
const goesOn = (box) => box.map(([first, last]) => [first < -BESIDE, last >= SIDE + BESIDE])

function drawArrows(pen, { box, centre }, at, extent) {
  const [y, x] = centre.map((n) => Math.max(20, Math.min(at(n + 0.5), extent - 20)))
  const over = goesOn(box)
  const arrows = [
    [over[0][0], x, 0, Math.PI],
    [over[0][1], x, extent, 0],
    [over[1][0], 0, y, Math.PI / 2],
    [over[1][1], extent, y, -Math.PI / 2],
  ]
  pen.fillStyle = colour("--fig-2")
  for (const [, across, down, turn] of arrows.filter(([drawn]) => drawn)) {
    pen.save()
    pen.translate(across, down)
    pen.rotate(turn)
    pen.beginPath()
    pen.moveTo(-9, -14)
    pen.lineTo(9, -14)
    pen.lineTo(0, -2)
    pen.fill()
    pen.restore()
  }
}

customElements.define("field-photo", FieldPhoto)
