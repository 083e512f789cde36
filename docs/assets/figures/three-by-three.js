// <layer-stack>: a stack of small layers beside one large kernel that sees as far.
import { stepOf } from "./keys.js"
import * as costs from "./stack-costs.js"
import { colour, element, oneOf, penOf, place, shown, Touch, whole } from "./touch.js"

const SIDE = 128 // pixels of the photograph
const EYE = [47, 55] // row and column
const VIEW = 32 // pixels that are shown of it, at least
const CHANNELS = 512
const MEASURES = {
  parameters: "weights",
  multiply_adds: "multiply–adds",
  activations: "activations",
  peak: "peak",
  directions: "directions, if linear",
}
const FURTHER = ["peak", "directions"] // measures
const LONG = 1e7 // from here on, three digits and a word
const DOUBLINGS = 4 // as far as bars reach
const COUNTS =
  "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"

class LayerStack extends Touch {
  label = "A stack of small layers beside one large kernel"

  static fields = {
    depth: whole(3, 1, 15),
    kernel_size: oneOf(3, [1, 3, 5, 7]),
    c_in: whole(64, 1, CHANNELS),
    channels: whole(64, 1, CHANNELS),
    size: whole(56, 1, 512),
    kind: oneOf("dense", costs.KINDS),
    pixel: place(EYE, SIDE - 1),
    more: oneOf(false, [false, true]),
  }

  // The pixel that is looked at is one of those shown.
  settle(state) {
    const { view, corner } = frame(costs.fieldOf(state))
    state.pixel = state.pixel.map((n, axis) =>
      Math.max(Math.ceil(corner[axis]), Math.min(n, Math.floor(corner[axis] + view) - 1)),
    )
    return state
  }

  compute(state) {
    const field = costs.fieldOf(state)
    const one = { ...state, depth: 1, kernel_size: field }
    const [stack, large] = [state, one].map((design) => ({
      ...costs.costOf(costs.stackOf(design), state.size),
      directions: costs.directionsOf(design),
    }))
    return { field, stack, large, crossing: costs.crossing(state, CHANNELS) }
  }

  // Views

  build() {
    this.photograph = new Image()
    this.photograph.addEventListener("load", () => this.draw())
    this.photograph.src = new URL("photograph-128.png", import.meta.url)
    this.windows = element("canvas", { role: "application", tabindex: 0 })
    for (const sign of ["pointerdown", "pointermove"]) {
      this.windows.addEventListener(sign, (event) => this.#pointed(event))
    }
    this.windows.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(() => this.draw()).observe(this.windows)
    this.told = element("p")
    this.heads = ["large", "stack"].map((name) => element("th", { class: name, scope: "col" }))
    this.measures = element("tbody")
    const [large, stack] = this.heads
    const head = element("tr", {}, element("td"), large, element("td"), stack)
    const table = element(
      "table",
      { class: "measures" },
      element("caption", {}, "Bold is less. Bars lean to more; each line doubles it."),
      element("thead", {}, head),
      this.measures,
    )
    this.stage.append(element("div", { class: "costs" }, this.windows, this.told, table))
    this.stage.append(...this.#controls())
  }

  #controls() {
    const sizes = [1, 3, 5, 7].map((k) => [k, `${k}×${k}`])
    const kinds = costs.KINDS.map((kind) => [kind, kind])
    const folded = element(
      "div",
      { class: "controls" },
      this.slider("channels", "channels", 1, CHANNELS),
      this.slider("size", "pixels a side", 1, 512),
      this.choice("kernel_size", "kernel", sizes),
      this.choice("kind", "kind", kinds),
    )
    const first = element(
      "div",
      { class: "controls" },
      this.slider("depth", "layers", 1, 15),
      this.slider("c_in", "channels in", 1, CHANNELS),
      this.moreButton(folded),
      this.resetButton(),
    )
    return [first, folded]
  }

  #pointed({ offsetX, offsetY, pointerType, buttons }) {
    if (pointerType !== "mouse" && !buttons) return
    const { view, corner } = frame(this.result.field)
    const unit = this.windows.clientWidth / view
    this.#look([offsetY, offsetX].map((n, axis) => Math.floor(n / unit + corner[axis])))
  }

  #key(event) {
    const step = stepOf(event)
    if (step) this.#look(this.state.pixel.map((n, axis) => n + step[axis]))
  }

  #look(pixel) {
    this.state = { pixel: pixel.map((n) => Math.max(0, Math.min(n, SIDE - 1))) }
  }

  draw() {
    const { depth, kernel_size, pixel } = this.state
    const { field } = this.result
    drawWindows(this.windows, this.photograph, this.state, field)
    const where = `row ${pixel[0]}, column ${pixel[1]}`
    const widest = `the widest ${field}×${field}`
    this.windows.ariaLabel = `A portrait of Grace Hopper; around ${where} what each layer sees, ${widest}`
    this.heads[0].textContent = `one ${field}×${field}`
    this.heads[1].textContent = `${COUNTS.split(" ")[depth - 1]} ${kernel_size}×${kernel_size}`
    const rows = this.#measures.map(([name, words]) => this.#row(name, words))
    this.measures.replaceChildren(...rows)
    this.told.textContent = this.#told().join(" ")
  }

  get #measures() {
    const { more } = this.state
    return Object.entries(MEASURES).filter(([name]) => more || !FURTHER.includes(name))
  }

  #row(name, words) {
    const [stack, large] = [this.result.stack[name], this.result.large[name]]
    const row = element("tr", {}, element("th", { scope: "row" }, words))
    if (stack === null) {
      const why = this.state.kind === "dense" ? "only at equal width" : "only if dense"
      row.append(element("td", { class: "unknown", colspan: 3 }, why))
    } else {
      const lean = element("td", { class: "lean" }, bar(stack / large))
      const cell = (value, other) =>
        element("td", {}, value < other ? element("strong", {}, written(value)) : written(value))
      row.append(cell(large, stack), lean, cell(stack, large))
    }
    return row
  }

  #told() {
    const { size } = this.state
    const { field, stack, large, crossing: from } = this.result
    const ratio = stack.parameters / large.parameters
    const compared = ratio === 1 ? "as many weights as" : `${shown(ratio)} times the weights of`
    const pays =
      from === 1
        ? "fewer however many channels come in"
        : from
          ? `fewer from ${from} channels in on (here ${this.state.c_in})`
          : `never fewer with up to ${CHANNELS} channels in`
    const sentences = [`The stack has ${compared} the ${field}×${field}; ${pays}.`, this.#kind()]
    if (field > size) sentences.push(`The ${field}×${field} is larger than the image.`)
    return sentences.filter(Boolean)
  }

  // What each layer is; of dense ones, what the saving costs.
  #kind() {
    const { kind, depth, kernel_size, c_in, channels, more } = this.state
    const small = `${kernel_size}×${kernel_size}`
    const { field, stack } = this.result
    if (kind === "depthwise separable") return `Each layer is a depthwise ${small} and a 1×1.`
    if (kind === "bottleneck") {
      const few = `a 1×1 to ${costs.middleOf(channels)} channels`
      return `Each layer is ${few}, a ${small}, and a 1×1 to ${channels}.`
    }
    if (kind === "grouped") {
      const [first, others] = [c_in, channels].map((from) => groups(from, channels))
      return first === others || depth === 1
        ? `Each layer has ${first}.`
        : `The first layer has ${first}, each other ${others}.`
    }
    if (!more || stack.directions === null) return ""
    const reached = stack.directions / channels ** 2
    return `If linear, it can go in ${reached} of ${field ** 2} directions for each pair of channels.`
  }

  words() {
    const { field, stack, large } = this.result
    const measured = this.#measures.map(([name, words]) =>
      stack[name] === null
        ? ""
        : `${words}, the stack ${written(stack[name])}, one ${field}×${field} ${written(large[name])}.`,
    )
    return [...this.#told(), ...measured.filter(Boolean)].join(" ")
  }

  code() {
    const { depth, size } = this.state
    const layers = (convs) => `[\n${convs.map((each) => `    ${conv(each)},\n`).join("")}]`
    return {
      depth: String(depth),
      side: String(this.result.field),
      stack: layers(costs.stackOf(this.state)),
      large: layers(costs.largeOf(this.state)),
      size: String(size),
    }
  }
}

function conv({ c_in, c_out, kernel_size, groups }) {
  const some = groups > 1 ? `groups=${groups}, ` : ""
  return `Conv(${c_in}, ${c_out}, ${kernel_size}, padding="same", ${some}bias=False)`
}

function groups(from, to) {
  const count = costs.groupsOf(from, to)
  return count === 1 ? "1 group, as if dense" : `${count} groups`
}

function written(value) {
  const words = { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 3 }
  return value.toLocaleString("en", value < LONG ? {} : words)
}

// From the middle to whichever is larger, as many lines as it takes doublings.
function bar(ratio) {
  const lean = Math.max(-1, Math.min(Math.log2(ratio) / DOUBLINGS, 1))
  const made = element("span", { class: lean < 0 ? "large" : "stack" })
  made.style.setProperty("--from", Math.min(lean, 0))
  made.style.setProperty("--share", Math.abs(lean))
  return made
}

// The part of the photograph that is shown: `view` pixels a side, from `corner` on.
function frame(field) {
  const view = Math.max(VIEW, field + 5)
  return { view, corner: EYE.map((n) => Math.max(0, Math.min(n - view / 2, SIDE - view))) }
}

// The windows of 1, 2, … layers on the photograph, the last the widest.
function drawWindows(canvas, photograph, { depth, kernel_size, pixel }, field) {
  const { view, corner } = frame(field)
  const side = canvas.clientWidth
  const pen = penOf(canvas, side, side)
  const unit = side / view
  pen.imageSmoothingEnabled = false
  const [row, column] = corner
  if (photograph.naturalWidth) pen.drawImage(photograph, column, row, view, view, 0, 0, side, side)
  pen.strokeStyle = colour("--fig-2")
  pen.lineWidth = unit < 4 ? 1.5 : 2.5
  for (let n = 1; n <= depth; n += 1) {
    const reach = (n * (kernel_size - 1)) / 2
    const [top, left] = pixel.map((middle, axis) => (middle - reach - corner[axis]) * unit)
    pen.strokeRect(left, top, (2 * reach + 1) * unit, (2 * reach + 1) * unit)
  }
}

customElements.define("layer-stack", LayerStack)
