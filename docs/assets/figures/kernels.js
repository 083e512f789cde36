// <kernel-desk>: weights, and what they make of a photograph; a hidden kernel, to be found.
import * as math from "./kernels-arithmetic.js"
import { GREY, inWords, Pictures, picture } from "./kernels-pictures.js"
import { fill, lines, progress, Traits, table, titled } from "./kernels-views.js"
import { element, oneOf, place, python, same, Touch, whole } from "./touch.js"
import { isWeight, tint, Weights, weightText } from "./weights.js"

const besideThis = (name) => fetch(new URL(name, import.meta.url))
const [BANK, PHOTOGRAPH] = await Promise.all([
  besideThis("kernels.json").then((response) => response.json()),
  besideThis("photograph-256.png")
    .then((response) => response.blob())
    .then(picture),
])
const FIRST = "sobel(axis=1)"
const FAVOURITES = {
  "identity()": "nothing",
  "box(3)": "blur",
  "sharpen()": "sharpen",
  [FIRST]: "upright edges",
  "sobel(axis=0)": "level edges",
  "laplacian()": "outlines",
  "emboss()": "relief",
}
const CALLS = Object.keys(BANK)
const UNREADABLE = "no picture that this browser opens"
const STEPS = 1000
const EDGE = [60, 185] // of the cap

// State, and what follows from it

const isKernel = (value) =>
  Array.isArray(value) &&
  [3, 5].includes(value.length) &&
  value.every((row) => Array.isArray(row) && row.length === value.length) &&
  value.flat().every(isWeight)

const nameOf = (kernel) => CALLS.find((call) => same(BANK[call], kernel)) ?? ""

// Larger by zeros around it, or its middle.
function resized(kernel, size) {
  const border = (size - kernel.length) / 2
  return math.square(size, (u, v) => kernel[u - border]?.[v - border] ?? 0)
}

class KernelDesk extends Touch {
  label = "A kernel, and what it makes of a photograph"
  picture = PHOTOGRAPH
  #known = new Map() // what was computed last

  static fields = {
    kernel: { first: BANK[FIRST], accepts: isKernel },
    name: oneOf(FIRST, ["", ...CALLS]),
    size: oneOf(3, [3, 5]),
    magnitude: oneOf(false, [false, true]),
    more: oneOf(false, [false, true]),
    point: place(EDGE),
    target: { ...oneOf("", ["", ...CALLS]), secret: true },
    start: { first: math.square(3, () => 0), accepts: isKernel },
    steps: whole(0, 0, STEPS),
  }

  settle(state) {
    const was = this.state
    const asked = (name) => !same(state[name], was[name])
    if (!asked("kernel")) {
      if (asked("name") && state.name) state.kernel = BANK[state.name]
      else if (asked("size")) state.kernel = resized(state.kernel, state.size)
    }
    if (state.target) this.#settleDescent(state, asked)
    else Object.assign(state, { start: math.square(3, () => 0), steps: 0 })
    state.name = nameOf(state.kernel)
    state.size = state.kernel.length
    const { height, width } = this.picture
    state.point = state.point.map((n, axis) => Math.min(n, [height, width][axis] - 1))
    return state
  }

  // Weights that somebody changes by hand are where descent begins next.
  #settleDescent(state, asked) {
    const { length } = BANK[state.target]
    if (!["target", "start", "steps"].some(asked) && asked("kernel")) {
      Object.assign(state, { start: state.kernel, steps: 0 })
    } else if (asked("target") && !asked("start")) state.start = math.square(length, () => 0)
    state.start = resized(state.start, length)
    state.kernel = this.#descent(state).kernel
  }

  #descent({ target, start, steps }) {
    const goal = BANK[target]
    const mean = this.#once("moments", [this.picture, goal.length], math.moments)
    return this.#once("descent", [start, goal, steps, mean], math.descended)
  }

  #once(kind, given, compute) {
    const last = this.#known.get(kind)
    const isLast = (value, n) =>
      value === last.given[n] || (Array.isArray(value) && same(value, last.given[n]))
    if (last && given.every(isLast)) return last.made
    const made = compute(...given)
    this.#known.set(kind, { given, made })
    return made
  }

  compute(state) {
    const { kernel, point, magnitude, target } = state
    const learning = target ? this.#learning(state) : { losses: [], wanted: null, found: false }
    const answer = this.#once("answer", [this.picture, kernel], math.filtered)
    const window = math.windowAt(this.picture, kernel.length, point)
    const products = math.times(window, kernel)
    return {
      answer,
      scale: math.scaleOf(kernel, answer, magnitude),
      window,
      products,
      sum: math.total(products),
      ...this.#once("traits", [learning.found ? BANK[target] : kernel], (weights) => ({
        weights: math.total(weights),
        symmetry: math.symmetry(weights),
        rank: math.rank(weights),
        gain: math.gain(weights),
        answers: math.answers(weights),
      })),
      ...learning,
    }
  }

  #learning(state) {
    const goal = BANK[state.target]
    const { losses } = this.#descent(state)
    const off = state.kernel.flat().map((weight, n) => Math.abs(weight - goal.flat()[n]))
    const wanted = this.#once("wanted", [this.picture, goal], math.filtered)
    const found = Math.max(...off) < 0.01 * math.largest(goal)
    return { losses, wanted, found }
  }

  // Views

  build() {
    this.pictures = new Pictures((point) => {
      this.state = { point }
    })
    const change = (kernel) => {
      this.state = { kernel }
    }
    this.weights = new Weights(change, (why) => this.refuse(why))
    this.traits = new Traits()
    this.window = table("pixels")
    this.products = table("products")
    this.sum = element("output", { "aria-live": "off" }) // it is announced with the rest
    const then = (sign, part) => element("div", { class: "then" }, sign, part)
    const work = element("div", { class: "work" })
    work.append(
      titled("pixels in the square", this.window),
      then("×", titled("weights: drag ↔ or type", this.weights.element)),
      then("=", titled("products", this.products)),
      titled("their sum", this.sum),
    )
    const before = [this.pictures.element, this.#lesson(), this.#names()]
    const { element: traits, further } = this.traits
    this.stage.append(...before, work, this.problem, traits, this.#controls(further), further)
    for (const sign of ["dragover", "drop"]) {
      this.stage.addEventListener(sign, (event) => {
        event.preventDefault()
        this.#open(event.dataTransfer.files[0])
      })
    }
  }

  #names() {
    this.all = element("select", { "aria-label": "All ready-made kernels" })
    this.all.append(element("option", { value: "" }, "your own"))
    this.all.append(...CALLS.map((call) => element("option", {}, call)))
    this.all.addEventListener("change", () => {
      if (this.all.value) this.state = { name: this.all.value }
    })
    this.hideButton = this.button("Hide a kernel, and find it", () => this.#hide())
    const favourites = this.choice("name", "Try", Object.entries(FAVOURITES))
    return controls(favourites, this.all, this.hideButton)
  }

  #controls(further) {
    const file = element("input", { type: "file", accept: "image/*" })
    file.addEventListener("change", () => this.#open(file.files[0]))
    return controls(
      this.choice("magnitude", "Answer", [
        [false, "with its sign"],
        [true, "magnitude"],
      ]),
      this.choice("size", "Size", [
        [3, "3×3"],
        [5, "5×5"],
      ]),
      element("label", { class: "file" }, "Open a picture of yours", file),
      this.moreButton(further),
      this.button("Reset the figure", () => {
        this.#show(PHOTOGRAPH, "")
        this.state = this.defaults
      }),
    )
  }

  #lesson() {
    this.loss = element("div", { class: "curve" })
    this.lossText = element("p")
    this.run = this.button("Let it learn", () => this.#run())
    const acts = controls(
      this.button("One step", () => this.#step(1)),
      this.run,
      this.button("Show it", () => {
        this.state = { target: "", name: this.state.target }
        this.hideButton.focus()
      }),
    )
    const steps = titled("the error step by step, its logarithm", this.loss)
    this.panel = element("div", { class: "learning" }, this.lossText, steps, acts)
    return this.panel
  }

  #hide() {
    const known = [this.state.target, "identity()"]
    const others = CALLS.filter((call) => BANK[call].length === 3 && !known.includes(call))
    this.state = { target: others[Math.floor(Math.random() * others.length)] }
    this.pictures.element.scrollIntoView()
    this.draw()
    this.run.focus({ preventScroll: true })
  }

  #step(count) {
    this.state = { steps: Math.min(STEPS, this.state.steps + count) }
  }

  // Frame by frame, unless movement is unwelcome.
  #run() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.#step(100)
    this.running = !this.running
    if (this.running) this.#go()
  }

  #go() {
    const { target, steps } = this.state
    this.running &&= target && !this.result.found && steps < STEPS
    this.run.textContent = this.running ? "Stop" : "Let it learn"
    if (!this.running) return
    this.#step(steps < 120 ? 1 : 4) // slow enough to be watched
    requestAnimationFrame(() => this.#go())
  }

  async #open(file) {
    if (!file) return
    try {
      this.#show(
        await picture(file),
        "Your picture stays on this device; the code has the photograph.",
      )
    } catch (problem) {
      const known = problem instanceof RangeError
      this.refuse(`${file.name}: ${known ? problem.message : UNREADABLE}.`)
    }
  }

  #show(chosen, text) {
    this.picture = chosen
    this.state = {}
    this.refuse(text)
  }

  draw() {
    const { state, result } = this
    this.#drawPictures(state, result)
    this.weights.draw(state.kernel)
    fill(this.window, result.window, ({ style }, value) => {
      const grey = Math.round(255 * value)
      style.background = `rgb(${grey} ${grey} ${grey})`
      style.color = value > 0.5 ? "black" : "white"
    })
    const most = math.largest(state.kernel)
    fill(this.products, result.products, (cell, value) => tint(cell, value, most))
    this.sum.textContent = weightText(result.sum)
    tint(this.sum, result.sum, Math.max(result.scale.reach, Math.abs(result.sum)))
    this.all.value = state.name
    this.traits.draw(result)
    this.#drawLesson(state, result)
  }

  #drawPictures({ point, size, target, magnitude }, { answer, wanted, scale }) {
    const whose = this.picture === PHOTOGRAPH ? "photograph" : "your picture"
    const photo = { values: this.picture.pixels, scale: GREY, caption: whose }
    // Both in one scale, so that they compare.
    const one = wanted ? math.scaleOf(BANK[target], wanted, magnitude) : scale
    const goal = { values: wanted, scale: one, caption: "wanted: what the hidden kernel answers" }
    const made = { values: answer, scale: one, caption: `answer: ${inWords(one)}` }
    this.pictures.draw(this.picture, point, size, wanted ? goal : photo, made)
  }

  #drawLesson(state, result) {
    this.panel.hidden = !state.target
    if (!state.target) return
    const { losses } = result
    this.lossText.textContent = progress(state, result)
    this.loss.innerHTML = lines({ loss: losses.map((loss) => Math.log1p(loss * 1e6)) })
  }

  code() {
    const { kernel, magnitude } = this.state
    const short = kernel.map((row) => row.map((weight) => Number(weight.toPrecision(6)) + 0))
    return { kernel: python(short), magnitude: python(magnitude) }
  }

  words() {
    const { point, name, target, more } = this.state
    const kernel = target ? this.lossText.textContent : `${name || "your own weights"}.`
    const at = `At row ${point[0]}, column ${point[1]}`
    return `${kernel} ${this.traits.words(more)}. ${at} the answer is ${weightText(this.result.sum)}.`
  }
}

const controls = (...all) => element("div", { class: "controls" }, ...all)

customElements.define("kernel-desk", KernelDesk)
