// <layer-stack>: a stack of small layers beside one large kernel that sees as far.
import { costOf, crossing, dimensions, fieldOf, KINDS, largeOf, stackOf } from "./stack-costs.js"
import { colour, element, oneOf, shown, Touch, whole } from "./touch.js"

const PHOTOGRAPH = new URL("photograph-128.png", import.meta.url)
const EYE = [47, 55] // row and column of the pixel in the middle
const VIEW = 32 // pixels of the photograph that are shown
const CHANNELS = 512
const MEASURES = {
  parameters: "weights",
  multiply_adds: "multiply–adds",
  activations: "outputs of all layers",
  peak: "most held at once",
}

class LayerStack extends Touch {
  label = "A stack of small layers beside one large kernel"

  static fields = {
    depth: whole(3, 1, 15),
    kernel_size: oneOf(3, [1, 3, 5, 7]),
    c_in: whole(64, 1, CHANNELS),
    channels: whole(64, 1, CHANNELS),
    size: whole(56, 1, 512),
    kind: oneOf("dense", KINDS),
  }

  compute(state) {
    const [stack, large] = [stackOf(state), largeOf(state)]
    return {
      field: fieldOf(state),
      stack: costOf(stack, state.size),
      large: costOf(large, state.size),
      crossing: crossing(state, CHANNELS),
      dimensions: dimensions(state),
    }
  }

  // Views

  build() {
    this.photograph = new Image()
    this.photograph.addEventListener("load", () => this.draw())
    this.photograph.src = PHOTOGRAPH
    this.windows = element("canvas", { role: "img" })
    this.bars = element("div", { class: "bars" })
    this.told = element("p")
    this.costs = element("div", { class: "costs" }, this.windows, this.bars)
    this.stage.append(this.costs, this.told, this.#controls())
  }

  #controls() {
    return element(
      "div",
      { class: "controls" },
      this.slider("depth", "layers", 1, 15),
      this.choice(
        "kernel_size",
        "kernel",
        [1, 3, 5, 7].map((k) => [k, `${k}×${k}`]),
      ),
      this.choice(
        "kind",
        "kind",
        KINDS.map((kind) => [kind, kind]),
      ),
      this.slider("c_in", "channels in", 1, CHANNELS),
      this.slider("channels", "channels", 1, CHANNELS),
      this.slider("size", "image", 1, 512),
      this.resetButton(),
    )
  }

  draw() {
    const { depth, kernel_size } = this.state
    const { field, stack, large } = this.result
    drawWindows(this.windows, this.photograph, depth, kernel_size)
    this.windows.ariaLabel = `Nested windows on a photograph, the widest ${field}×${field}`
    const rows = Object.entries(MEASURES).map(([name, words]) => {
      const most = Math.max(stack[name], large[name])
      return element(
        "div",
        { class: "measure" },
        words,
        bar("stack", stack[name], most),
        bar("large", large[name], most),
      )
    })
    const key = element(
      "div",
      { class: "key" },
      element("span", { class: "stack" }, `${depth} × ${kernel_size}×${kernel_size}`),
      element("span", { class: "large" }, `one ${field}×${field}`),
    )
    this.bars.replaceChildren(key, ...rows)
    this.told.textContent = this.words()
  }

  words() {
    const { kind, kernel_size } = this.state
    const { field, stack, large, crossing: from, dimensions: reached } = this.result
    const ratio = stack.parameters / large.parameters
    const compared = ratio === 1 ? "as many weights as" : `${shown(ratio)} times the weights of`
    const pays = from
      ? `fewer from ${from} input ${from === 1 ? "channel" : "channels"} on`
      : `fewer at no number of input channels up to ${CHANNELS}`
    const linear =
      kind === "dense" && kernel_size > 1
        ? ` Linear and with one channel, it has ${reached} of ${field ** 2} dimensions.`
        : ""
    return `The stack has ${compared} the large kernel; ${pays}.${linear}`
  }

  code() {
    const { depth, size } = this.state
    const layers = (convs) => `[\n${convs.map((each) => `    ${written(each)},\n`).join("")}]`
    return {
      depth: String(depth),
      side: String(this.result.field),
      stack: layers(stackOf(this.state)),
      large: layers(largeOf(this.state)),
      size: String(size),
    }
  }
}

function written({ c_in, c_out, kernel_size, groups }) {
  const some = groups > 1 ? `groups=${groups}, ` : ""
  return `Conv(${c_in}, ${c_out}, ${kernel_size}, padding="same", ${some}bias=False)`
}

function bar(name, value, most) {
  const filled = element("span", { class: `bar-of ${name}` })
  filled.style.setProperty("--share", value / most)
  return element("div", {}, filled, value.toLocaleString("en"))
}

// The windows of 1, 2, … layers on the photograph, the last the widest.
function drawWindows(canvas, photograph, depth, kernel_size) {
  const side = 8 * VIEW
  canvas.width = side
  canvas.height = side
  const pen = canvas.getContext("2d")
  pen.imageSmoothingEnabled = false
  const [row, column] = EYE.map((n) => n - VIEW / 2)
  if (photograph.naturalWidth) pen.drawImage(photograph, column, row, VIEW, VIEW, 0, 0, side, side)
  pen.strokeStyle = colour("--fig-2")
  pen.lineWidth = 3
  for (let n = 1; n <= depth; n += 1) {
    const width = (n * (kernel_size - 1) + 1) * 8
    const corner = (side + 8 - width) / 2
    pen.strokeRect(corner, corner, width, width)
  }
}

customElements.define("layer-stack", LayerStack)
