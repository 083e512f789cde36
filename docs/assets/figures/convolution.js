// <sliding-window>: a kernel slides over a grid of numbers. Move the window to see where an output
// comes from, or choose to see where an input goes; the same layer is a matrix, a row an output.
import { Grid } from "./grid.js"
import { Matrix } from "./matrix.js"
import { element, factor, oneOf, place, same, shown, Touch, whole } from "./touch.js"
import { isWeight, signOf, Weights } from "./weights.js"
import {
  flipped,
  outputSize,
  picture,
  presetKernel,
  rowOf,
  source,
  span,
  square,
  sum,
  taps,
} from "./window.js"
import { codeOf, formulaOf, weightText } from "./window-words.js"

const SIZE = 6 // the input is a square
const FINGER = 24 // pixels of a cell, and a little of the gap
const ROWS = ["112782", "121881", "211782", "117871", "128882", "217781"]
const BORDERS = ["zeros", "reflect", "replicate", "circular"]
const PRESETS = ["edge", "blur", "impulse"]
const VIEWS = [
  ["window", "an output"],
  ["stamp", "an input"],
  ["matrix", "the matrix"],
]

// State, and what follows from it

const isDigit = (value) => whole(0, 0, 9).accepts(value)

const numbers = (accepts, fits) => (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((row) => Array.isArray(row) && row.length === value.length && row.every(fits)) &&
  accepts(value.length)

class SlidingWindow extends Touch {
  label = "A window slides over numbers"

  static fields = {
    image: {
      first: ROWS.map((row) => [...row].map(Number)),
      accepts: numbers((n) => n === SIZE, isDigit),
    },
    preset: oneOf("edge", ["", ...PRESETS]),
    kernel: { first: presetKernel("edge", 3), accepts: numbers((n) => n <= 5, isWeight) },
    kernel_size: whole(3, 1, 5),
    stride: whole(1, 1, 3),
    padding: whole(0, 0, 4),
    dilation: whole(1, 1, 3),
    padding_mode: oneOf("zeros", BORDERS),
    flip: oneOf(false, [false, true]),
    output: place([1, 1]),
    input: place([2, 2]),
    view: oneOf(
      "window",
      VIEWS.map(([view]) => view),
    ),
    more: oneOf(false, [false, true]),
  }

  // A kernel of the size asked for, known by its name where it has one; a window that is there.
  settle(state) {
    const was = this.state
    if (!same(state.kernel, was.kernel)) state.kernel_size = state.kernel.length
    else if (state.preset !== was.preset && state.preset) {
      state.kernel = presetKernel(state.preset, state.kernel_size)
    } else if (state.kernel_size !== was.kernel_size) {
      state.kernel = presetKernel(state.preset || "edge", state.kernel_size)
    }
    const known = (preset) => same(state.kernel, presetKernel(preset, state.kernel_size))
    // Of size 1 two are the same: it keeps its name.
    state.preset = [state.preset, ...PRESETS].find((preset) => preset && known(preset)) ?? ""
    const last = Math.max(0, outputSize(SIZE, state) - 1)
    state.output = state.output.map((n) => Math.min(n, last))
    state.input = state.input.map((n) => Math.min(n, SIZE - 1))
    return state
  }

  compute(state) {
    const weights = state.flip ? flipped(state.kernel) : state.kernel
    const size = outputSize(SIZE, state)
    const all = square(size, (...place) => taps(state.image, weights, state, place))
    const matrix = all.flat().map((window) => rowOf(window, SIZE))
    const output = all.map((row) => row.map((window) => sum(window.map((tap) => tap.product))))
    const window = size ? all[state.output[0]][state.output[1]] : []
    const pixel = state.input[0] * SIZE + state.input[1]
    const stamp = square(size, (r, c) => matrix[r * size + c][pixel])
    return { size, all, output, window, sum: sum(window.map((tap) => tap.product)), stamp, matrix }
  }

  // Views

  build() {
    this.inputs = new Grid(`${this.id}-in`, "Input", (row, column) => this.#pointAt(row, column))
    this.outputs = new Grid(`${this.id}-out`, "Output", (row, column) => {
      const { view } = this.state
      this.state = { output: [row, column], view: view === "stamp" ? "window" : view }
    })
    const change = (weights) => {
      this.state = { kernel: this.state.flip ? flipped(weights) : weights }
    }
    const write = (weight) => weightText(weight, this.state.kernel_size)
    // Who clicks on the input has moved the window; keys move it on, on the output.
    this.inputs.element.addEventListener("focus", () => {
      if (this.state.view === "window") this.outputs.element.focus({ preventScroll: true })
    })
    this.weights = new Weights(change, (why) => this.refuse(why), { write })
    this.matrix = new Matrix((row, column) => {
      const cell = (n, across) => [Math.floor(n / across), n % across]
      this.state = { output: cell(row, this.result.size), input: cell(column, SIZE) }
    })
    this.terms = element("p", { class: "terms" })
    this.formula = element("p", { class: "formula" })
    this.captions = [element("figcaption"), element("figcaption")]
    const [input, output] = [this.inputs, this.outputs].map((grid, n) =>
      element("figure", {}, this.captions[n], grid.element),
    )
    this.pair = element("div", { class: "pair" }, input, output)
    const beside = element("div", { class: "beside" }, this.weights.element, this.terms)
    const parts = [this.pair, this.matrix.element, beside, this.formula]
    this.stage.append(...parts, ...this.#controls())
  }

  #controls() {
    const named = (words) => words.map((word) => [word, word])
    this.border = this.choice("padding_mode", "Border", named(BORDERS))
    const further = element(
      "div",
      { class: "controls" },
      this.slider("dilation", "dilation", 1, 3),
      this.border,
      this.choice("flip", "Kernel is", [
        [false, "as written"],
        [true, "flipped"],
      ]),
      this.choice("view", "Follow", VIEWS),
      this.button("Other weights", () => {
        this.state = { kernel: presetKernel("random", this.state.kernel_size) }
      }),
    )
    const first = element(
      "div",
      { class: "controls" },
      this.button("Step", () => this.#step()),
      this.choice("preset", "Kernel", named(PRESETS)),
      this.slider("kernel_size", "size", 1, 5),
      this.slider("stride", "stride", 1, 3),
      this.slider("padding", "padding", 0, 4),
      this.button("Another picture", () => {
        this.state = { image: picture(SIZE) }
      }),
      this.moreButton(further),
      this.resetButton(),
    )
    return [first, further]
  }

  // The window comes to where the input is pointed at; or that pixel is the one to be followed.
  #pointAt(row, column) {
    const { padding, stride, view } = this.state
    if (view === "window") {
      const corner = [row, column].map((n) => n - (span(this.state) - 1) / 2)
      const last = this.result.size - 1
      const output = corner.map((n) => Math.max(0, Math.min(last, Math.round(n / stride))))
      this.state = { output }
      return
    }
    const input = [row - padding, column - padding]
    if (input.every((n) => n >= 0 && n < SIZE)) this.state = { input }
  }

  // To the next window, as a loop over rows and columns goes.
  #step() {
    const { size } = this.result
    const [row, column] = this.state.output
    const next = size ? (row * size + column + 1) % size ** 2 : 0
    const output = size ? [Math.floor(next / size), next % size] : [0, 0]
    this.state = { output, view: this.state.view === "stamp" ? "window" : this.state.view }
  }

  draw() {
    const { state, result } = this
    this.#lay(SIZE + 2 * state.padding, result.size)
    const border = state.padding ? `, border of ${state.padding}` : ""
    this.captions[0].textContent = `Input, ${SIZE}×${SIZE}${border}`
    this.captions[1].textContent = `Output, ${result.size}×${result.size}`
    this.#drawInput(state, result)
    this.#drawOutput(state, result)
    this.weights.draw(state.flip ? flipped(state.kernel) : state.kernel)
    this.border.disabled = state.padding === 0
    this.border.firstChild.textContent = state.padding ? "Border" : "Border (of padding, 0 wide)"
    this.matrix.element.hidden = state.view !== "matrix"
    this.pair.hidden = state.view === "matrix"
    if (state.view === "matrix") {
      const [row, column] = state.output
      const pixel = state.input[0] * SIZE + state.input[1]
      this.matrix.draw(result.matrix, SIZE ** 2, row * result.size + column, pixel)
    }
    this.terms.replaceChildren(...this.#terms(state, result))
    this.formula.textContent = formulaOf(state, this.defaults, result.size, SIZE)
    this.formula.hidden = !this.formula.textContent
  }

  // Beside each other where fingers can point at cells, else below.
  #lay(inputs, outputs) {
    const stacked = this.stage.clientWidth / (inputs + outputs) < FINGER
    this.pair.classList.toggle("stacked", stacked)
    this.pair.style.setProperty("--all", stacked ? Math.max(inputs, outputs) : inputs + outputs)
  }

  #drawInput({ image, padding, padding_mode, input, kernel_size, view }, { window }) {
    const extent = SIZE + 2 * padding
    const lit = new Map(window.map((tap) => [tap.place.join(), tap]))
    const look = (row, column) => {
      const here = [row - padding, column - padding]
      const from = here.map((n) => source(n, SIZE, padding_mode))
      const value = from.includes(-1) ? 0 : image[from[0]][from[1]]
      const border = here.some((n) => n < 0 || n >= SIZE)
      const tap = view === "window" ? lit.get(here.join()) : undefined
      const chosen = view !== "window" && input.join() === here.join()
      const note = tap ? `×${weightText(tap.weight, kernel_size)}` : ""
      const kinds = [
        "bright",
        border && "border",
        tap && `lit ${signOf(tap.weight)}`,
        chosen && "chosen",
      ]
      const where = border ? "border" : `row ${here[0]}, column ${here[1]}`
      const name = `${where}: ${shown(value)}${note && `, times ${note.slice(1)}`}`
      return {
        text: shown(value),
        note,
        class: kinds.filter(Boolean).join(" "),
        name,
        fill: value / 9,
      }
    }
    // Keys move the window on the output; here they follow a pixel.
    this.inputs.element.tabIndex = view === "stamp" ? 0 : -1
    const pixel = input.map((n) => n + padding)
    this.inputs.draw(extent, extent, look, view === "stamp" ? pixel : undefined)
  }

  #drawOutput({ output, kernel_size, view, input }, { all, output: values, stamp, size }) {
    const largest = Math.max(...values.flat().map(Math.abs))
    const look = (row, column) => {
      const value = values[row][column]
      const name = `row ${row}, column ${column}: ${shown(value, 1)}`
      const seen = { text: shown(value, 1), name }
      if (view !== "stamp") {
        const kind = output.join() === [row, column].join() ? "chosen" : ""
        return { ...seen, class: `value ${signOf(value)} ${kind}`, fill: Math.abs(value) / largest }
      }
      const weight = stamp[row][column]
      const note = `×${weightText(weight, kernel_size)}`
      if (!holds(all[row][column], input)) return seen
      return { ...seen, note, class: `lit ${signOf(weight)}`, name: `${name}, ${note}` }
    }
    this.outputs.draw(size, size, look, output)
  }

  #terms({ input, kernel_size, output, view }, { all, window, sum: total, stamp, size }) {
    if (!size) return ["The window is larger than the input with its border: no output."]
    if (view === "stamp") {
      const windows = all.flat().filter((each) => holds(each, input)).length
      const uses = stamp.flat().filter((weight) => weight !== 0).length
      const where = `Input at row ${input[0]}, column ${input[1]} (from 0)`
      const zero = windows > uses ? `, in ${windows - uses} of them with the weight 0` : ""
      return [
        `${where}: lies in ${windows} of ${size ** 2} windows${zero}. `,
        "Below each output stands its weight.",
      ]
    }
    const products = window.map((tap) => {
      const text = `${shown(tap.value)}·${factor(weightText(tap.weight, kernel_size))}`
      return element("span", { class: tap.from.includes(-1) ? "border" : signOf(tap.weight) }, text)
    })
    const joined = products.flatMap((product, n) => (n ? [" + ", product] : [product]))
    const where = `Output at row ${output[0]}, column ${output[1]} (from 0): `
    return [where, ...joined, " = ", element("strong", {}, shown(total))]
  }

  code() {
    return codeOf(this.state)
  }

  // The sum first, and its products where they are few.
  words() {
    const { state, result, terms, formula } = this
    const [row, column] = state.output
    const where = `Output at row ${row}, column ${column}: ${shown(result.sum)}.`
    const products = state.kernel_size > 3 ? "" : ` It is ${terms.textContent.split(": ")[1]}.`
    const told = result.size && state.view !== "stamp" ? where + products : terms.textContent
    return `${told} ${formula.textContent}`
  }
}

const holds = (window, pixel) => window.some((tap) => tap.from.join() === pixel.join())

customElements.define("sliding-window", SlidingWindow)
