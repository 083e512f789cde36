// What is filtered, and what comes out, to be pointed at.
import { stepOf } from "./keys.js"
import { colour, element, shown } from "./touch.js"

const LARGEST = 256 // pixels along the longer side
const LEAST = 5 // along the shorter: a kernel of 5×5 mirrors two pixels at each border

// The brightness of what the browser can open, scaled down if it is large.
export async function picture(file) {
  const opened = await createImageBitmap(file, { colorSpaceConversion: "none" })
  const scale = Math.min(1, LARGEST / Math.max(opened.width, opened.height))
  const [width, height] = [opened.width, opened.height].map((n) => Math.round(n * scale))
  if (Math.min(width, height) < LEAST) throw new RangeError(`${width}×${height} pixels are too few`)
  const pen = element("canvas", { width, height }).getContext("2d", { willReadFrequently: true })
  pen.fillStyle = "white" // behind what is transparent
  pen.fillRect(0, 0, width, height)
  pen.imageSmoothingQuality = "high"
  pen.drawImage(opened, 0, 0, width, height)
  const { data } = pen.getImageData(0, 0, width, height)
  const luma = (n) => (0.299 * data[n] + 0.587 * data[n + 1] + 0.114 * data[n + 2]) / 255
  const pixels = Float64Array.from({ length: width * height }, (_, n) => luma(4 * n))
  return { width, height, pixels }
}

export const GREY = { kind: "grey", reach: 1 }

export const inWords = ({ kind, reach }) =>
  kind === "signs"
    ? `blue below 0, red above, full at ±${shown(reach)}`
    : `${kind === "magnitude" ? "size without sign, " : ""}black 0, white ${shown(reach)}`

// At zero of what has a sign, the page shows.
export function paint(canvas, width, height, values, { kind, reach }) {
  const [below, above] = inks()
  const pixels = new Uint32Array(values.length)
  const size = 255 / reach
  for (let n = 0; n < values.length; n += 1) {
    const value = kind === "magnitude" ? Math.abs(values[n]) : values[n]
    const level = Math.min(255, Math.round(size * (kind === "signs" ? Math.abs(value) : value)))
    if (kind === "signs") pixels[n] = (value < 0 ? below : above) + level * 2 ** 24
    else pixels[n] = Math.max(0, level) * 0x010101 + 255 * 2 ** 24
  }
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const data = new Uint8ClampedArray(pixels.buffer)
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0)
}

// Asked for once a palette, since asking while the page changes costs a layout.
const known = {}
const palette = () => document.body.dataset.mdColorScheme

function inks() {
  known[palette()] ??= ["--fig-negative", "--fig-positive"].map((name) => {
    const [red, green, blue] = colour(name).match(/[\da-f]{2}/gi)
    return Number.parseInt(blue + green + red, 16)
  })
  return known[palette()]
}

export class Pictures {
  // `point(place)` is called with the row and column that are turned to.
  constructor(point) {
    this.point = point
    this.element = element("div", {
      class: "pictures",
      role: "application",
      tabindex: 0,
      "aria-label": "Photograph and answer: arrow keys choose a pixel, with Shift ten away",
    })
    this.views = [0, 1].map(() => {
      const view = {
        canvas: element("canvas", { role: "img" }),
        mark: element("span", { class: "mark" }),
        caption: element("figcaption"),
      }
      const framed = element("div", {}, view.canvas, view.mark)
      this.element.append(element("figure", {}, view.caption, framed))
      return view
    })
    for (const sign of ["pointerdown", "pointermove", "pointerleave"]) {
      this.element.addEventListener(sign, (event) => this.#pointed(event))
    }
    this.element.addEventListener("keydown", (event) => this.#key(event))
  }

  // `shown`: values, scale and caption of each.
  draw({ width, height }, [row, column], window, ...shown) {
    if (this.place?.join() !== `${row},${column}`) this.kept = [row, column]
    Object.assign(this, { width, height, place: [row, column] })
    this.views.forEach((view, n) => {
      const { values, scale, caption } = shown[n]
      const last = [values, scale.kind, palette()]
      if (last.some((value, m) => value !== view.last?.[m])) {
        paint(view.canvas, width, height, values, scale)
        view.last = last
      }
      view.caption.textContent = caption
      view.canvas.ariaLabel = caption
      Object.assign(view.mark.style, {
        left: `${((column + 0.5) / width) * 100}%`,
        top: `${((row + 0.5) / height) * 100}%`,
        width: `${(window / width) * 100}%`,
      })
    })
  }

  // A mouse only passes over pixels, and goes back to the one that was clicked.
  #pointed({ type, target, pointerId, pointerType, clientX, clientY }) {
    if (type === "pointerleave") return this.#turn(this.kept)
    const view = this.views.find(({ canvas, mark }) => target === canvas || target === mark)
    if (!view) return
    if (target.hasPointerCapture(pointerId)) target.releasePointerCapture(pointerId)
    const { left, top, width, height } = view.canvas.getBoundingClientRect()
    const row = Math.floor(((clientY - top) / height) * this.height)
    const column = Math.floor(((clientX - left) / width) * this.width)
    this.#turn([row, column], type === "pointerdown" || pointerType !== "mouse")
  }

  #key(event) {
    const step = stepOf(event)
    if (!step) return
    const far = event.shiftKey ? 10 : 1
    const place = this.place.map((n, axis) => n + far * step[axis])
    this.#turn(place, true)
  }

  #turn([row, column], keep) {
    const within = (n, size) => Math.max(0, Math.min(n, size - 1))
    this.place = [within(row, this.height), within(column, this.width)] // keys come faster than frames
    if (keep) this.kept = this.place
    this.point(this.place)
  }
}
