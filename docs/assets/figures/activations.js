// <activation-desk>: curves of activations, their slopes, and what they make of a normal input; and
// what thirty layers make of numbers forward and of gradients back.
import { at, DEEP, FLAT, fetchDepths, GAINS, keyOf, NAMES, through } from "./curves.js"
import { colour, element, oneOf, penOf, shown, Touch } from "./touch.js"

const COLOURS = ["--fig-1", "--fig-2", "--fig-3"]
const SIDE = 6 // curves are drawn from -6 to 6
const HEIGHTS = { values: [-2, 4], slopes: [-0.6, 1.8] }
const SIZES = { values: 220, slopes: 110, histogram: 90, depth: 130 } // pixels
const BINS = { low: -3, high: 6, bins: 90 }
const MEASURES = {
  forward: "size of the numbers going forward",
  backward: "size of the gradient going back",
  cosine: "cosine between two inputs",
}

const number = (first, min, max) => ({
  first,
  accepts: (value) => Number.isFinite(value) && min <= value && value <= max,
})

class ActivationDesk extends Touch {
  label = "Activation functions, point by point"

  static fields = {
    names: {
      first: ["relu"],
      accepts: (value) =>
        Array.isArray(value) &&
        value.length >= 1 &&
        value.length <= 3 &&
        value.every((name) => NAMES.includes(name)),
    },
    x: number(1, -SIDE, SIDE),
    mean: number(0, -3, 3),
    spread: number(1, 0.1, 2),
    view: oneOf("curves", ["curves", "depth"]),
    gain: oneOf("√2", GAINS),
    residual: oneOf(false, [false, true]),
    normalised: oneOf(false, [false, true]),
  }

  compute(state) {
    const { names, x, view } = state
    if (view === "depth" && !this.depths) this.#fetch()
    return {
      values: names.map((name) => at(name, "values", x)),
      slopes: names.map((name) => at(name, "slopes", x)),
      out: names.map((name) => through(name, state, BINS)),
      deep: names.map((name) => this.depths?.[keyOf(name, state)] ?? null),
    }
  }

  async #fetch() {
    this.depths = await fetchDepths()
    this.state = {} // the same, now with its numbers
  }

  // Views

  build() {
    this.choices = [0, 1, 2].map((n) => this.#select(n))
    this.plots = Object.fromEntries(
      ["values", "slopes", "histogram"].map((name) => [name, element("canvas")]),
    )
    for (const name of ["values", "slopes"]) this.#follow(this.plots[name])
    this.curves = element("div", { class: "plots" }, ...Object.values(this.plots))
    this.deepPlots = Object.fromEntries(
      Object.keys(MEASURES).map((name) => [name, element("canvas")]),
    )
    this.deep = element("div", { class: "plots" }, ...Object.values(this.deepPlots))
    this.told = element("p")
    const names = element("div", { class: "controls" }, ...this.choices)
    this.stage.append(names, this.curves, this.deep, this.told, this.#controls())
    new ResizeObserver(() => this.draw()).observe(this.stage)
  }

  // The second and the third may be none.
  #select(n) {
    const select = element("select", { "aria-label": `Function ${n + 1}` })
    if (n) select.append(element("option", { value: "" }, "and …"))
    for (const name of NAMES) select.append(element("option", { value: name }, name))
    select.addEventListener("change", () => {
      const names = this.choices.map((choice) => choice.value).filter(Boolean)
      this.state = { names: [...new Set(names)] }
    })
    return select
  }

  #controls() {
    this.curveControls = element(
      "div",
      { class: "controls" },
      this.slider("x", "x", -SIDE, SIDE, 0.05),
      this.slider("mean", "inputs: mean", -3, 3, 0.1),
      this.slider("spread", "spread", 0.1, 2, 0.1),
    )
    this.depthControls = element(
      "div",
      { class: "controls" },
      this.choice(
        "gain",
        "gain",
        GAINS.map((gain) => [gain, gain]),
      ),
      this.choice("residual", "shortcuts", [
        [false, "no"],
        [true, "yes"],
      ]),
      this.choice("normalised", "normalisation", [
        [false, "no"],
        [true, "yes"],
      ]),
    )
    const look = this.choice("view", "See", [
      ["curves", "one number"],
      ["depth", "thirty layers"],
    ])
    const always = element("div", { class: "controls" }, look, this.resetButton())
    return element("div", {}, this.curveControls, this.depthControls, always)
  }

  #follow(canvas) {
    for (const sign of ["pointerdown", "pointermove"]) {
      canvas.addEventListener(sign, ({ offsetX, buttons, pointerType }) => {
        if (pointerType !== "mouse" && !buttons) return
        const x = (offsetX / canvas.clientWidth) * 2 * SIDE - SIDE
        this.state = { x: Math.max(-SIDE, Math.min(SIDE, Math.round(x * 20) / 20)) }
      })
    }
  }

  draw() {
    const { view, names } = this.state
    const curves = view === "curves"
    this.curves.hidden = !curves
    this.curveControls.hidden = !curves
    this.deep.hidden = curves
    this.depthControls.hidden = curves
    this.choices.forEach((choice, n) => {
      choice.value = names[n] ?? ""
      choice.style.color = names[n] ? `var(${COLOURS[n]})` : ""
    })
    if (curves) this.#drawCurves()
    else this.#drawDepth()
    this.told.textContent = this.words()
  }

  #drawCurves() {
    const { names, x } = this.state
    for (const kind of ["values", "slopes"]) {
      const plot = plotOf(this.plots[kind], SIZES[kind], [-SIDE, SIDE], HEIGHTS[kind])
      plot.axes(kind === "values" ? "what comes out" : "its slope", 2)
      names.forEach((name, n) => {
        plot.line(
          COLOURS[n],
          xs().map((each) => [each, at(name, kind, each)]),
        )
        const y = this.result[kind][n]
        if (kind === "values") plot.tangent(COLOURS[n], x, y, this.result.slopes[n])
        plot.dot(COLOURS[n], x, y)
      })
    }
    this.#drawHistogram()
  }

  #drawHistogram() {
    const { low, high, bins } = BINS
    const most = 0.12 // of all numbers in one bin; taller bars, as of zeros, go over the top
    const plot = plotOf(this.plots.histogram, SIZES.histogram, [low, high], [0, most])
    plot.axes("of normal inputs, how many come out here", 1)
    const width = (high - low) / bins
    this.result.out.forEach(({ histogram }, n) => {
      const steps = histogram.flatMap((share, bin) => [
        [low + bin * width, share],
        [low + (bin + 1) * width, share],
      ])
      plot.line(COLOURS[n], steps)
    })
  }

  #drawDepth() {
    for (const [name, words] of Object.entries(MEASURES)) {
      const logs = name !== "cosine"
      const heights = logs ? [-10, 5] : [-0.2, 1.05]
      const plot = plotOf(this.deepPlots[name], SIZES.depth, [0, 30], heights)
      plot.axes(logs ? `${words}, powers of ten` : words, 10)
      this.result.deep.forEach((each, n) => {
        if (!each) return
        const points = each[name].map((value, layer) => [layer, logs ? Math.log10(value) : value])
        plot.line(COLOURS[n], points)
      })
    }
  }

  code() {
    const { names, x } = this.state
    return { name: `"${names[0]}"`, z: Number.isInteger(x) ? `${x}.0` : String(x) }
  }

  words() {
    return this.state.view === "curves" ? this.#sayCurves() : this.#sayDepth()
  }

  #sayCurves() {
    const { names, x } = this.state
    const { values, slopes, out } = this.result
    return names
      .map((name, n) => {
        const { zeros, flat, mean_square } = out[n]
        return (
          `${name}(${shown(x)}) = ${shown(values[n], 3)}, slope ${shown(slopes[n], 3)}. Of these inputs ` +
          `${percent(zeros)} become 0 and ${percent(flat)} meet a slope below ${FLAT}; the mean square ` +
          `is ${shown(mean_square, 2)}.`
        )
      })
      .join(" ")
  }

  #sayDepth() {
    return this.state.names
      .map((name, n) => {
        const deep = this.result.deep[n]
        if (!DEEP.includes(name)) return `${name}: choose one of ${DEEP.join(", ")}.`
        if (!deep) return `${name} …`
        const [forward, backward] = [deep.forward.at(-1), deep.backward.at(-1)]
        return (
          `${name}: after 30 layers the numbers have size ${forward.toPrecision(2)}, the gradient ` +
          `${backward.toPrecision(2)}, and two inputs have the cosine ${shown(deep.cosine.at(-1))}.`
        )
      })
      .join(" ")
  }
}

const percent = (share) => `${shown(100 * share, 0)} %`

const xs = () => Array.from({ length: (2 * SIDE) / 0.05 + 1 }, (_, n) => n * 0.05 - SIDE)

// A canvas with a scale: [left, right] and [bottom, top] of what is drawn.
function plotOf(canvas, height, [left, right], [bottom, top]) {
  const width = canvas.clientWidth
  const pen = penOf(canvas, width, height)
  const xOf = (x) => ((x - left) / (right - left)) * width
  const yOf = (y) => height - ((y - bottom) / (top - bottom)) * height
  const line = (name, points) => {
    pen.strokeStyle = colour(name)
    pen.beginPath()
    for (const [x, y] of points) pen.lineTo(xOf(x), yOf(y))
    pen.stroke()
  }
  return {
    line(name, points) {
      pen.lineWidth = 2
      line(name, points)
    },
    // Lines and numbers at whole heights, and at every `step` of the width.
    axes(words, step) {
      pen.lineWidth = 1
      pen.fillStyle = colour("--md-default-fg-color--light")
      for (let x = Math.ceil(left / step) * step; x <= right; x += step) {
        line("--fig-grid", [
          [x, bottom],
          [x, top],
        ])
        if (x > left && x < right) pen.fillText(shown(x), xOf(x) + 2, height - 2)
      }
      const rise = top - bottom > 8 ? 5 : 1
      for (let y = Math.ceil(bottom / rise) * rise; y < top; y += rise) {
        line("--fig-grid", [
          [left, y],
          [right, y],
        ])
        if (y) pen.fillText(shown(y), 2, yOf(y) - 2)
      }
      line("--md-default-fg-color--light", [
        [left, 0],
        [right, 0],
      ])
      line("--md-default-fg-color--light", [
        [0, bottom],
        [0, top],
      ])
      pen.textAlign = "right"
      pen.fillText(words, width - 4, 12)
      pen.textAlign = "left"
    },
    tangent(name, x, y, slope) {
      pen.setLineDash([4, 4])
      line(name, [
        [x - 2, y - 2 * slope],
        [x + 2, y + 2 * slope],
      ])
      pen.setLineDash([])
    },
    dot(name, x, y) {
      pen.fillStyle = colour(name)
      pen.beginPath()
      pen.arc(xOf(x), yOf(y), 5, 0, 2 * Math.PI)
      pen.fill()
    },
  }
}

customElements.define("activation-desk", ActivationDesk)
