// <layer-stack>: a stack of small layers beside one large kernel that sees as far; and two small
// kernels with the large one that they are.
import { Grid } from "./grid.js"
import {
  composed,
  costOf,
  crossing,
  dimensions,
  fieldOf,
  KINDS,
  largeOf,
  stackOf,
} from "./stack-costs.js"
import { colour, element, oneOf, python, shown, Touch, whole } from "./touch.js"
import { Weights } from "./weights.js"

const PHOTOGRAPH = new URL("photograph.png", import.meta.url)
const EYE = [95, 110] // row and column of the pixel in the middle
const VIEW = 48 // pixels of the photograph that are shown
const CHANNELS = 512
const MEASURES = {
  parameters: "weights",
  multiply_adds: "multiply–adds",
  activations: "outputs of all layers",
  peak: "most held at once",
}

const kernel = (first) => ({
  first,
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((row) => Array.isArray(row) && row.length === 3 && row.every(Number.isFinite)),
})

class LayerStack extends Touch {
  label = "A stack of small layers beside one large kernel"

  static fields = {
    depth: whole(3, 1, 15),
    kernel_size: oneOf(3, [1, 3, 5, 7]),
    c_in: whole(64, 1, CHANNELS),
    channels: whole(64, 1, CHANNELS),
    size: whole(56, 1, 512),
    kind: oneOf("dense", KINDS),
    view: oneOf("costs", ["costs", "kernels"]),
    first: kernel([
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]),
    second: kernel([
      [1, 2, 1],
      [0, 0, 0],
      [-1, -2, -1],
    ]),
    cell: {
      first: [2, 2],
      accepts: (value) =>
        Array.isArray(value) && value.length === 2 && value.every((n) => whole(0, 0, 4).accepts(n)),
    },
  }

  compute(state) {
    const [stack, large] = [stackOf(state), largeOf(state)]
    return {
      field: fieldOf(state),
      stack: costOf(stack, state.size),
      large: costOf(large, state.size),
      crossing: crossing(state, CHANNELS),
      dimensions: dimensions(state),
      composed: composed(state.first, state.second),
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
    this.kernels = this.#buildKernels()
    this.sum = element("p", { class: "terms" })
    this.stage.append(this.costs, this.kernels, this.told, this.sum, this.#controls())
  }

  #buildKernels() {
    this.weights = ["first", "second"].map(
      (name) =>
        new Weights(
          (weights) => {
            this.state = { [name]: weights }
          },
          (text) => {
            this.live.textContent = `${text} is no weight`
          },
        ),
    )
    this.large = new Grid(`${this.id}-large`, "Both in a row", (row, column) => {
      this.state = { cell: [row, column] }
    })
    const parts = [
      this.weights[0].element,
      "then",
      this.weights[1].element,
      "is",
      this.large.element,
    ]
    return element("div", { class: "kernels" }, ...parts)
  }

  #controls() {
    const look = this.choice("view", "See", [
      ["costs", "what they cost"],
      ["kernels", "what they compute"],
    ])
    this.costControls = element(
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
    )
    const always = element("div", { class: "controls" }, look, this.resetButton())
    return element("div", {}, this.costControls, always)
  }

  draw() {
    const { view } = this.state
    this.costs.hidden = view !== "costs"
    this.costControls.hidden = view !== "costs"
    this.kernels.hidden = view !== "kernels"
    this.sum.hidden = view !== "kernels"
    if (view === "costs") this.#drawCosts()
    else this.#drawKernels()
    this.told.textContent = view === "costs" ? this.#saying() : ""
  }

  #drawCosts() {
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
  }

  #saying() {
    const { kind, depth, kernel_size } = this.state
    const { field, stack, large, crossing: from, dimensions: reached } = this.result
    const ratio = stack.parameters / large.parameters
    const compared = ratio === 1 ? "as many weights as" : `${shown(ratio)} times the weights of`
    const pays = from
      ? `fewer from ${from} input ${from === 1 ? "channel" : "channels"} on`
      : `fewer at no number of input channels up to ${CHANNELS}`
    const linear =
      kind === "dense" && kernel_size > 1
        ? ` Without activation functions and with one channel, ${depth} layers reach ${reached} of ` +
          `the ${field ** 2} dimensions of ${field}×${field} kernels.`
        : ""
    return `The stack has ${compared} the large kernel; ${pays}.${linear}`
  }

  #drawKernels() {
    const { first, second, cell } = this.state
    const { composed: cells } = this.result
    const { pairs, sum } = cells[cell[0]][cell[1]]
    this.weights[0].draw(first)
    this.weights[1].draw(second)
    this.weights.forEach((weights, n) => {
      const lit = new Set(pairs.map((pair) => pair[["first", "second"][n]].join()))
      weights.inputs.forEach((input, at) => {
        input.classList.toggle("chosen", lit.has(`${Math.floor(at / 3)},${at % 3}`))
      })
    })
    this.large.draw(
      5,
      5,
      (row, column) => {
        const value = cells[row][column].sum
        const chosen = cell.join() === [row, column].join() ? " chosen" : ""
        return { text: shown(value), class: `${sign(value)}${chosen}` }
      },
      cell,
    )
    const products = pairs.map(({ a, b }) => `${shown(a)}·${shown(b)}`).join(" + ")
    const where = `Row ${cell[0]}, column ${cell[1]}: `
    this.sum.replaceChildren(where, products, " = ", element("strong", {}, shown(sum)))
  }

  code() {
    const { depth, kernel_size, c_in, channels, size, kind, first, second } = this.state
    const values = { depth, kernel_size, c_in, channels, size, kind, first, second }
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, python(value)]))
  }

  words() {
    return this.state.view === "costs" ? this.told.textContent : this.sum.textContent
  }
}

const sign = (weight) => (weight < 0 ? "negative" : weight > 0 ? "positive" : "zero")

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
  if (photograph.complete) pen.drawImage(photograph, column, row, VIEW, VIEW, 0, 0, side, side)
  pen.strokeStyle = colour("--fig-2")
  pen.lineWidth = 3
  for (let n = 1; n <= depth; n += 1) {
    const width = (n * (kernel_size - 1) + 1) * 8
    const corner = (side + 8 - width) / 2
    pen.strokeRect(corner, corner, width, width)
  }
}

customElements.define("layer-stack", LayerStack)
