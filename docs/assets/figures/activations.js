// <activation-desk>: curves of activations, their slopes, and what they make of normal inputs; and
// what thirty layers make of numbers forward and of gradients back.
import { BINS, drawCurves, drawDepth, percent, SIDE, size } from "./activation-views.js"
import { at, DEEP, FLAT, fetchDepths, GAINS, keyOf, NAMES, STEP, through } from "./curves.js"
import { element, oneOf, shown, Touch } from "./touch.js"

const COLOURS = ["--fig-1", "--fig-3", "--fig-4"] // by place; the one between is for slopes
const MEASURES = {
  forward: "size of the numbers, in powers of ten",
  backward: "size of the gradient, in powers of ten",
  cosine: "how alike two inputs still are: their cosine",
}
const NOTE =
  "Weights, 128 × 128 a layer, are random with a standard deviation of gain / √128; a function’s " +
  "own gain keeps the size of normal numbers. A shortcut adds a layer’s input to its output. " +
  "Normalisation first brings the input to mean 0 and variance 1. The cosine is 1 once two inputs " +
  "differ by no more than a factor."
// Rows of heads, each with how many columns it has.
const FURTHER = [[`slope within ${FLAT} of 0`], ["mean square"]]
const curveHeads = (further) => [
  [[""], ["one input", 2], ["many inputs", 1 + further.length]],
  [["function"], ["comes out"], ["slope"], ["become 0"], ...further],
]
const DEPTH_HEADS = [
  [["after 30 layers"], ["numbers’ size"], ["gradient’s size"], ["cosine of two inputs"]],
]
const NO_YES = [
  [false, "no"],
  [true, "yes"],
]

const number = (first, min, max) => ({
  first,
  accepts: (value) => Number.isFinite(value) && min <= value && value <= max,
})

class ActivationDesk extends Touch {
  label = "Activation functions, point by point"

  static fields = {
    // By place, so that each keeps its colour; the second and the third may be none.
    names: {
      first: ["relu"],
      accepts: (value) =>
        Array.isArray(value) &&
        value.length >= 1 &&
        value.length <= 3 &&
        value.every((name, n) => NAMES.includes(name) || (n > 0 && name === null)) &&
        value.every((name, n) => name === null || value.indexOf(name) === n),
    },
    x: number(1, -SIDE, SIDE),
    mean: number(0, -3, 3),
    spread: number(1, 0.1, 2),
    view: oneOf("curves", ["curves", "depth"]),
    more: oneOf(false, [false, true]),
    gain: oneOf("own", GAINS),
    residual: oneOf(false, [false, true]),
    normalised: oneOf(false, [false, true]),
  }

  // Where the curves are known.
  settle(state) {
    return { ...state, x: Math.round(state.x / STEP) / Math.round(1 / STEP) }
  }

  compute(state) {
    const { names, x, view } = state
    if (view === "depth" && !this.depths) this.#fetch()
    const each = (compute) => names.map((name) => (name === null ? null : compute(name)))
    return {
      values: each((name) => at(name, "values", x)),
      slopes: each((name) => at(name, "slopes", x)),
      out: each((name) => through(name, state, BINS)),
      deep: each((name) => this.depths?.[keyOf(name, state)] ?? null),
    }
  }

  async #fetch() {
    this.depths = await fetchDepths()
    this.state = {} // the same, now with its numbers
  }

  // The functions that are shown.
  get #chosen() {
    const places = this.state.names.map((name, n) => ({ name, n, colour: COLOURS[n] }))
    return places.filter(({ name }) => name !== null)
  }

  // Views

  build() {
    const canvas = () => element("canvas", { role: "img" })
    this.plots = { values: canvas(), out: canvas(), slopes: canvas() }
    this.deepPlots = { forward: canvas(), backward: canvas(), cosine: canvas() }
    this.#follow(this.plots.values)
    this.#follow(this.plots.slopes)
    this.selects = [0, 1, 2].map((n) => this.#select(n))
    this.table = element("table", { class: "told" })
    const panels = (...children) => element("div", { class: "panels" }, ...children)
    const deep = Object.entries(MEASURES).map(([name, words]) =>
      element("figure", {}, element("figcaption", {}, words), this.deepPlots[name]),
    )
    const more = this.moreButton()
    const parts = [
      ["always", this.#choices()],
      ["curves", panels(this.plots.values, this.plots.out)],
      ["depth", this.#depthControls()],
      ["depth", element("div", { class: "deep" }, ...deep)],
      ["always", this.table],
      ["curves", panels(this.plots.slopes)],
      ["curves", this.#curveControls()],
      ["depth", element("p", {}, NOTE)],
      ["always", element("div", { class: "controls" }, more, this.resetButton())],
    ]
    this.stage.append(...parts.map(([, part]) => part))
    this.parts = [...parts.filter(([view]) => view !== "always"), ["curves", more]]
    new ResizeObserver(() => this.draw()).observe(this.stage)
  }

  #choices() {
    const look = this.choice("view", "See", [
      ["curves", "one number"],
      ["depth", "thirty layers"],
    ])
    // One alone has nothing to be compared with.
    look.addEventListener("change", () => {
      const { view, names } = this.state
      if (view !== "depth" || names.length > 1) return
      this.state = { names: [...names, names[0] === "sigmoid" ? "relu" : "sigmoid"] }
    })
    return element("div", { class: "controls" }, look, element("div", {}, ...this.selects))
  }

  #select(n) {
    const select = element("select", { "aria-label": `Function ${n + 1}` })
    if (n) select.append(element("option", { value: "" }, "none"))
    const groups = {
      "to begin with": DEEP,
      more: NAMES.filter((name) => !DEEP.includes(name)),
    }
    for (const [label, names] of Object.entries(groups)) {
      const options = names.map((name) => element("option", { value: name }, name))
      select.append(element("optgroup", { label }, ...options))
    }
    select.addEventListener("change", () => {
      const names = this.selects.map(({ value }) => value || null)
      while (names.at(-1) === null) names.pop()
      this.state = { names }
    })
    return select
  }

  #curveControls() {
    const x = this.slider("x", "one input", -SIDE, SIDE, STEP)
    this.x = x.querySelector("input")
    return element(
      "div",
      { class: "controls" },
      x,
      this.slider("mean", "many inputs: mean", -3, 3, 0.1),
      this.slider("spread", "their spread", 0.1, 2, 0.1),
    )
  }

  #depthControls() {
    const gains = GAINS.map((gain) => [gain, gain === "own" ? "its own" : gain])
    return element(
      "div",
      { class: "controls" },
      this.choice("gain", "gain", gains),
      this.choice("residual", "shortcuts", NO_YES),
      this.choice("normalised", "normalisation", NO_YES),
    )
  }

  // A mouse leads the dot; of fingers, one that taps or moves across, but not one that scrolls.
  #follow(canvas) {
    const lead = ({ offsetX }) => {
      const x = (offsetX / canvas.clientWidth) * 2 * SIDE - SIDE
      this.state = { x: Math.max(-SIDE, Math.min(SIDE, x)) }
    }
    let start
    canvas.classList.add("led")
    canvas.addEventListener("click", (event) => {
      lead(event)
      this.x.focus({ preventScroll: true }) // keys move it on
    })
    canvas.addEventListener("pointerdown", (event) => {
      start = event
    })
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") return lead(event)
      if (!event.buttons || !start) return
      const [across, down] = [event.clientX - start.clientX, event.clientY - start.clientY]
      if (Math.abs(across) > Math.abs(down)) lead(event)
    })
  }

  draw() {
    const { view, names } = this.state
    for (const [of, part] of this.parts) part.hidden = of !== view
    for (const [n, select] of this.selects.entries()) {
      select.value = names[n] ?? ""
      select.style.color = names[n] ? `var(${COLOURS[n]})` : ""
      for (const option of select.querySelectorAll("optgroup > option")) {
        option.disabled = option.value !== names[n] && names.includes(option.value)
      }
      select.lastElementChild.disabled = view === "depth"
    }
    if (view === "curves") drawCurves(this.plots, this.state, this.result, this.#chosen)
    else drawDepth(this.deepPlots, this.result, this.#chosen)
    this.#tell()
  }

  // One row a function, under what its numbers are.
  #tell() {
    const { view, more } = this.state
    const all = view === "depth" ? DEPTH_HEADS : curveHeads(more ? FURTHER : [])
    const heads = all.map((row) =>
      row.map(([words, colspan = 1]) =>
        words ? element("th", { scope: "col", colspan }, words) : element("td"),
      ),
    )
    const rows = this.#chosen.map(({ name, n, colour }) => {
      const title = element("th", { scope: "row" }, name)
      title.style.color = `var(${colour})`
      const cells = view === "curves" ? this.#curveCells(n) : this.#depthCells(n)
      return [title, ...cells.map((words) => element("td", {}, words))]
    })
    const filled = (part, all) => element(part, {}, ...all.map((row) => element("tr", {}, ...row)))
    this.table.replaceChildren(filled("thead", heads), filled("tbody", rows))
  }

  #curveCells(n) {
    const { zeros, flat, mean_square } = this.result.out[n]
    const [value, slope] = [this.result.values[n], this.result.slopes[n]]
    const first = [shown(value, 3), shown(slope, 3), percent(zeros)]
    return this.state.more ? [...first, percent(flat), shown(mean_square)] : first
  }

  #depthCells(n) {
    const deep = this.result.deep[n]
    const last = (name) => deep?.[name].at(-1)
    return deep ? [size(last("forward")), size(last("backward")), shown(last("cosine"))] : ["–"]
  }

  code() {
    const { names, x } = this.state
    return { name: `"${names[0]}"`, z: Number.isInteger(x) ? `${x}.0` : String(x) }
  }

  // What is said is one sentence for one input, one for many, so that only what is new is heard.
  words() {
    const { view, x, more } = this.state
    const said = this.#chosen.map(({ name, n }) => {
      if (view === "depth" && !DEEP.includes(name))
        return `${name} isn’t computed for thirty layers.`
      if (view === "depth" && !this.result.deep[n]) return ""
      const cells = view === "depth" ? this.#depthCells(n) : this.#curveCells(n)
      return view === "depth"
        ? `After 30 layers of ${name} the numbers have size ${cells[0]}, the gradient ${cells[1]}, and ` +
            `two inputs have the cosine ${cells[2]}.`
        : `${name}(${shown(x)}) = ${cells[0]}, slope ${cells[1]}. Of many inputs ${name} makes ` +
            `${cells[2]} 0${more ? further(cells) : ""}.`
    })
    return said.join(" ")
  }
}

const further = ([, , , flat, square]) =>
  `, ${flat} meet a slope within ${FLAT} of 0, and the mean square is ${square}`

customElements.define("activation-desk", ActivationDesk)
