// <sliding-window>: a kernel slides over a grid of numbers. Point at an output to see where it comes
// from, or at an input to see where it goes; the same layer is a matrix, a row an output.
import { Grid } from "./grid.js"
import { colour, element, oneOf, python, shown, Touch, whole } from "./touch.js"
import {
  flipped,
  outputSize,
  presetKernel,
  rowOf,
  source,
  span,
  square,
  sum,
  taps,
} from "./window.js"

const SIZE = 6 // the input is a square
const FINGER = 24 // pixels of a cell, and a little of the gap
const ROWS = ["112782", "121881", "211782", "117871", "128882", "217781"]
const BORDERS = ["zeros", "reflect", "replicate", "circular"]
const PRESETS = ["edge", "blur", "impulse", "random"]

// State, and what follows from it

const isDigit = (value) => whole(0, 0, 9).accepts(value)

const numbers =
  (accepts, fits = Number.isFinite) =>
  (value) =>
    Array.isArray(value) &&
    value.every((row) => Array.isArray(row) && row.length === value.length && row.every(fits)) &&
    accepts(value.length)

class SlidingWindow extends Touch {
  label = "A window slides over numbers"

  static fields = {
    image: {
      first: ROWS.map((row) => [...row].map(Number)),
      accepts: numbers((n) => n === SIZE, isDigit),
    },
    preset: oneOf("edge", PRESETS),
    kernel: { first: presetKernel("edge", 3), accepts: numbers((n) => n >= 1 && n <= 5) },
    kernel_size: whole(3, 1, 5),
    stride: whole(1, 1, 3),
    padding: whole(0, 0, 4),
    dilation: whole(1, 1, 3),
    padding_mode: oneOf("zeros", BORDERS),
    flip: oneOf(false, [false, true]),
    output: { first: [1, 1], accepts: isPlace },
    input: { first: null, accepts: (value) => value === null || isPlace(value) },
    view: oneOf("window", ["window", "matrix"]),
  }

  // A kernel of the size asked for; a window that is there.
  settle(state) {
    const asked = this.state
    const resized = state.kernel_size !== asked.kernel_size || state.preset !== asked.preset
    const given = JSON.stringify(state.kernel) !== JSON.stringify(asked.kernel)
    if (given) state.kernel_size = state.kernel.length
    else if (resized) state.kernel = presetKernel(state.preset, state.kernel_size)
    const last = Math.max(0, outputSize(SIZE, state) - 1)
    state.output = state.output.map((n) => Math.min(n, last))
    state.input = state.input?.map((n) => Math.min(n, SIZE - 1)) ?? null
    return state
  }

  compute(state) {
    const weights = state.flip ? flipped(state.kernel) : state.kernel
    const size = outputSize(SIZE, state)
    const all = square(size, (...place) => taps(state.image, weights, state, place))
    const matrix = all.flat().map((window) => rowOf(window, SIZE))
    const output = all.map((row) => row.map((window) => sum(window.map((tap) => tap.product))))
    const window = size ? all[state.output[0]][state.output[1]] : []
    const pixel = state.input && state.input[0] * SIZE + state.input[1]
    const stamp = state.input && square(size, (r, c) => matrix[r * size + c][pixel])
    return { size, output, window, sum: sum(window.map((tap) => tap.product)), stamp, matrix }
  }

  // Views

  build() {
    this.inputs = new Grid(`${this.id}-in`, "Input", (row, column) =>
      this.#pointAtInput(row, column),
    )
    this.outputs = new Grid(`${this.id}-out`, "Output", (row, column) => {
      this.state = { output: [row, column], input: null }
    })
    this.kernels = new Grid(`${this.id}-k`, "Kernel", () => {})
    this.kernels.element.tabIndex = -1
    this.matrix = element("canvas", { role: "img" })
    this.matrix.addEventListener("pointermove", (event) => this.#pointAtMatrix(event))
    this.matrix.addEventListener("pointerdown", (event) => this.#pointAtMatrix(event))
    this.terms = element("p", { class: "terms" })
    this.formula = element("p", { class: "formula" })
    this.captions = [element("figcaption"), element("figcaption")]
    const [input, output] = [this.inputs, this.outputs].map((grid, n) =>
      element("figure", {}, this.captions[n], grid.element),
    )
    this.pair = element("div", { class: "pair" }, input, output)
    const beside = element("div", { class: "beside" }, this.kernels.element, this.terms)
    this.stage.append(this.pair, this.matrix, beside, this.formula, ...this.#controls())
  }

  #controls() {
    const main = element(
      "div",
      { class: "controls" },
      this.button("Step", () => this.#step()),
      this.choice(
        "preset",
        "Kernel",
        PRESETS.map((preset) => [preset, preset]),
      ),
      this.slider("kernel_size", "size", 1, 5),
      this.slider("stride", "stride", 1, 3),
      this.slider("padding", "padding", 0, 4),
      this.slider("dilation", "dilation", 1, 3),
      this.choice(
        "padding_mode",
        "Border",
        BORDERS.map((border) => [border, border]),
      ),
      this.choice("flip", "Kernel is", [
        [false, "as it is"],
        [true, "flipped"],
      ]),
      this.choice("view", "See", [
        ["window", "numbers"],
        ["matrix", "the matrix"],
      ]),
      this.button("Other numbers", () => {
        this.state = { image: square(SIZE, () => Math.floor(Math.random() * 10)) }
      }),
      this.resetButton(),
    )
    return [main]
  }

  #pointAtInput(row, column) {
    const { padding } = this.state
    const place = [row - padding, column - padding]
    if (place.every((n) => n >= 0 && n < SIZE)) this.state = { input: place }
  }

  #pointAtMatrix({ offsetX, offsetY }) {
    const { size } = this.result
    const { clientWidth, clientHeight } = this.matrix
    const at = (offset, extent, count) =>
      Math.max(0, Math.min(count - 1, Math.floor((offset / extent) * count)))
    const row = at(offsetY, clientHeight, size ** 2)
    const column = at(offsetX, clientWidth, SIZE ** 2)
    this.state = {
      output: [Math.floor(row / size), row % size],
      input: [Math.floor(column / SIZE), column % SIZE],
    }
  }

  // To the next window, as a loop over rows and columns goes.
  #step() {
    const { size } = this.result
    const [row, column] = this.state.output
    const next = (row * size + column + 1) % size ** 2
    this.state = { output: [Math.floor(next / size), next % size], input: null }
  }

  draw() {
    const { state, result } = this
    this.#lay(SIZE + 2 * state.padding, result.size)
    const border = state.padding ? `, border of ${state.padding}` : ""
    this.captions[0].textContent = `Input, ${SIZE}×${SIZE}${border}`
    this.captions[1].textContent = `Output, ${result.size}×${result.size}`
    this.#drawInput(state, result)
    this.#drawOutput(state, result)
    const { kernel } = state
    const weights = state.flip ? flipped(kernel) : kernel
    this.kernels.draw(kernel.length, kernel.length, (u, v) => ({
      text: weightText(weights[u][v], kernel.length),
      class: sign(weights[u][v]),
    }))
    this.matrix.hidden = state.view !== "matrix"
    this.pair.hidden = state.view === "matrix"
    if (!this.matrix.hidden) drawMatrix(this.matrix, state, result)
    this.terms.replaceChildren(...this.#terms(state, result))
    this.formula.textContent = this.#formula(state, result)
  }

  // Beside each other where fingers can point at cells, else below.
  #lay(inputs, outputs) {
    const stacked = this.stage.clientWidth / (inputs + outputs) < FINGER
    this.pair.classList.toggle("stacked", stacked)
    this.pair.style.setProperty("--all", stacked ? Math.max(inputs, outputs) : inputs + outputs)
  }

  #drawInput({ image, padding, padding_mode, input, kernel_size }, { window }) {
    const extent = SIZE + 2 * padding
    const lit = new Map(window.map((tap) => [tap.place.join(), tap]))
    const look = (row, column) => {
      const place = [row - padding, column - padding]
      const from = place.map((n) => source(n, SIZE, padding_mode))
      const value = from.includes(-1) ? 0 : image[from[0]][from[1]]
      const border = place.some((n) => n < 0 || n >= SIZE)
      const tap = input ? undefined : lit.get(place.join())
      const chosen = input?.join() === place.join()
      const note = tap ? `×${weightText(tap.weight, kernel_size)}` : ""
      const kinds = [border && "border", tap && `lit ${sign(tap.weight)}`, chosen && "chosen"]
      const name = `${border ? "border, " : ""}${shown(value)}${note && `, times ${note.slice(1)}`}`
      return { text: shown(value), note, class: kinds.filter(Boolean).join(" "), name }
    }
    this.inputs.draw(
      extent,
      extent,
      look,
      input?.map((n) => n + padding),
    )
  }

  #drawOutput({ output, input, kernel_size }, { output: values, stamp, size }) {
    const look = (row, column) => {
      const weight = stamp?.[row][column]
      const lit = stamp ? weight !== 0 : output.join() === [row, column].join()
      const note = stamp && weight ? `×${weightText(weight, kernel_size)}` : ""
      const kind = stamp && lit ? `lit ${sign(weight)}` : lit ? "chosen" : ""
      return { text: shown(values[row][column], 1), note, class: kind }
    }
    this.outputs.draw(size, size, look, input ? undefined : output)
  }

  #terms({ input, kernel_size, output }, { window, sum: total, stamp, size }) {
    if (!size) return ["The window is larger than the input with its border: no output."]
    if (input) {
      const uses = stamp.flat().filter((weight) => weight !== 0).length
      const where = `Input at row ${input[0]}, column ${input[1]}`
      return [`${where}: goes into ${uses} of ${size ** 2} outputs, with the weights shown there.`]
    }
    const products = window.map((tap) => {
      const text = `${shown(tap.value)}·${weightText(tap.weight, kernel_size)}`
      return element("span", { class: tap.from.includes(-1) ? "border" : sign(tap.weight) }, text)
    })
    const joined = products.flatMap((product, n) => (n ? [" + ", product] : [product]))
    const where = `Output at row ${output[0]}, column ${output[1]}: `
    return [where, ...joined, " = ", element("strong", {}, shown(total))]
  }

  #formula({ padding, stride, dilation, kernel_size }, { size }) {
    const covered = span(this.state)
    const wide =
      dilation > 1 ? ` The kernel covers ${dilation}·(${kernel_size} − 1) + 1 = ${covered}.` : ""
    const inside = `(${SIZE} + 2·${padding} − ${covered}) / ${stride}`
    return `Output size: ⌊${inside}⌋ + 1 = ${size}.${wide}`
  }

  code() {
    const { image, output, padding_mode, ...state } = this.state
    const [i, j] = output
    const sizes = ["stride", "padding", "dilation"].map((name) => `${name}=${state[name]}`)
    const options = [...sizes, `padding_mode="${padding_mode}"`].join(", ")
    const corner = [j, i].map((n) => n * state.stride - state.padding - 0.5)
    return {
      i: String(i),
      j: String(j),
      rows: image.map((row) => `"${row.join("")}"`).join(", "),
      kernel: this.#kernelInPython(state),
      output: `convolution.conv2d(\n    image[None], kernel[None, None],\n    ${options},\n)[0]`,
      "corner, side": `(${corner.join(", ")}), ${span(state)}`,
    }
  }

  #kernelInPython({ kernel, kernel_size, preset, flip }) {
    const isMean = preset === "blur" && kernel.flat().every((w) => w === 1 / kernel_size ** 2)
    const mean = `np.full((${kernel_size}, ${kernel_size}), 1 / ${kernel_size ** 2})`
    return (isMean ? mean : python(kernel)) + (flip ? "[::-1, ::-1]" : "")
  }

  words() {
    return `${this.terms.textContent} ${this.formula.textContent}`
  }
}

function isPlace(value) {
  return (
    Array.isArray(value) && value.length === 2 && value.every((n) => Number.isInteger(n) && n >= 0)
  )
}

const sign = (weight) => (weight < 0 ? "negative" : weight > 0 ? "positive" : "zero")

// A mean's weights are fractions, and read as such.
function weightText(weight, size) {
  return size > 1 && weight === 1 / size ** 2 ? `1/${size ** 2}` : shown(weight)
}

function drawMatrix(canvas, { input, output }, { matrix, size }) {
  const cell = 8
  const [rows, columns] = [matrix.length, SIZE ** 2]
  canvas.width = columns * cell
  canvas.height = Math.max(rows, 1) * cell
  canvas.ariaLabel = `A matrix of ${rows} rows, one an output, and ${columns} columns, one an input`
  const pen = canvas.getContext("2d")
  const row = output[0] * size + output[1]
  const column = input ? input[0] * SIZE + input[1] : -1
  pen.fillStyle = colour("--fig-grid")
  pen.fillRect(0, row * cell, canvas.width, cell)
  pen.fillRect(column * cell, 0, cell, canvas.height)
  const largest = Math.max(...matrix.flat().map(Math.abs))
  matrix.forEach((weights, n) => {
    weights.forEach((weight, m) => {
      if (weight === 0) return
      pen.globalAlpha = 0.35 + (0.65 * Math.abs(weight)) / largest
      pen.fillStyle = colour(weight < 0 ? "--fig-negative" : "--fig-positive")
      pen.fillRect(m * cell + 1, n * cell + 1, cell - 2, cell - 2)
    })
  })
  pen.globalAlpha = 1
}

customElements.define("sliding-window", SlidingWindow)
