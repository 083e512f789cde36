// Weights that are typed, dragged sideways, and stepped by keys, in a table that is one tab stop.
import { element, shown } from "./touch.js"

const PIXELS = 4 // of a drag for one step
const KEYS = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }
const LARGEST = 1e6
export const isWeight = (value) => Number.isFinite(value) && Math.abs(value) <= LARGEST

export const signOf = (weight) => (weight < 0 ? "negative" : weight > 0 ? "positive" : "zero")

export class Weights {
  // `change(kernel)` gets the weights that are asked for; `refuse(why)` is told what is no weight;
  // `write(weight)` is how a weight is shown.
  constructor(change, refuse, { label = "Weights", write = weightText } = {}) {
    Object.assign(this, { change, refuse, write, at: 0, weights: [], inputs: [] })
    this.element = element("div", {
      class: "numbers weights",
      role: "group",
      "aria-label": label,
    })
    const acts = {
      pointerdown: (event) => this.#press(event),
      pointermove: (event) => this.#drag(event),
      pointerup: () => this.#release(),
      pointercancel: () => this.#release(),
      keydown: (event) => this.#key(event),
      focusin: ({ target }) => this.#rove(this.inputs.indexOf(target)),
      input: ({ target }) => this.#type(target),
      change: ({ target }) => this.#typed(target),
    }
    for (const [sign, act] of Object.entries(acts)) this.element.addEventListener(sign, act)
  }

  draw(kernel) {
    this.weights = kernel.flat()
    if (this.inputs.length !== this.weights.length) this.#make(kernel.length)
    const largest = Math.max(...this.weights.map(Math.abs))
    this.inputs.forEach((input, n) => {
      const text = this.write(this.weights[n])
      if (input !== this.typing && input.value !== text) input.value = text
      input.setAttribute("aria-valuenow", this.weights[n])
      tint(input, this.weights[n], largest)
    })
  }

  #make(size) {
    this.element.style.setProperty("--columns", size)
    this.inputs = this.weights.map((_, n) =>
      element("input", {
        class: "cell",
        role: "spinbutton",
        autocomplete: "off",
        "aria-label": `Weight, row ${Math.floor(n / size)}, column ${n % size}`,
      }),
    )
    this.element.replaceChildren(...this.inputs)
    this.#rove(Math.min(this.at, size ** 2 - 1))
  }

  #rove(to) {
    this.at = to
    this.inputs.forEach((input, n) => {
      input.tabIndex = n === to ? 0 : -1
    })
  }

  // A tenth of the leading digit's place: 0.1 while the largest weight is from 1 to 9.
  #step() {
    const largest = Math.max(...this.weights.map(Math.abs))
    return largest ? 10 ** Math.max(-6, Math.floor(Math.log10(largest)) - 1) : 0.1
  }

  #set(n, weight) {
    const wanted = [...this.weights]
    wanted[n] = Math.max(-LARGEST, Math.min(LARGEST, Number(weight.toPrecision(12))))
    this.weights = wanted // before it is drawn, since keys come faster
    const size = Math.sqrt(wanted.length)
    const row = (_, u) => wanted.slice(u * size, (u + 1) * size)
    this.change(Array.from({ length: size }, row))
  }

  // A press that moves is a drag; one that doesn't is the wish to type.
  #press(event) {
    const n = this.inputs.indexOf(event.target)
    if (n < 0 || event.button !== 0 || event.target === document.activeElement) return
    event.preventDefault()
    event.target.setPointerCapture(event.pointerId)
    this.held = { n, x: event.clientX, from: this.weights[n], step: this.#step(), moved: 0 }
  }

  #drag({ clientX }) {
    const { held } = this
    const moved = held && Math.round((clientX - held.x) / PIXELS)
    if (!held || moved === held.moved) return
    held.moved = moved
    held.dragged = true
    this.#set(held.n, (Math.round(held.from / held.step) + moved) * held.step)
  }

  #release() {
    if (this.held && !this.held.dragged) this.#focus(this.held.n)
    this.held = undefined
  }

  #focus(n) {
    const input = this.inputs.at(n % this.inputs.length)
    input.focus()
    input.select()
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { value, selectionStart, selectionEnd } = event.target
    const to = { ArrowLeft: -1, ArrowRight: 1, Enter: 1 }[event.key]
    const left = { ArrowLeft: selectionEnd, ArrowRight: value.length - selectionStart }[event.key]
    if (event.key in KEYS) {
      this.typing = undefined
      const step = this.#step()
      this.#set(this.at, (Math.round(this.weights[this.at] / step) + KEYS[event.key]) * step)
      event.target.value = this.write(this.weights[this.at])
      event.target.select() // what is typed next takes its place
    } else if (event.key === "Escape" && this.typing) {
      this.#set(this.at, this.before)
      this.#typed(event.target)
    } else if (to && (!left || selectionEnd - selectionStart === value.length)) {
      this.#typed(event.target)
      this.#focus(this.at + to)
    } else return
    event.preventDefault()
  }

  #type(input) {
    const weight = numberOf(input.value)
    const accepted = Math.abs(weight) <= LARGEST
    if (!this.typing) this.before = this.weights[this.at]
    this.typing = input
    input.ariaInvalid = !accepted
    if (accepted) this.#set(this.at, weight)
  }

  // What can't be a weight leaves the one that stood there before.
  #typed(input) {
    const why = input.ariaInvalid === "true" && refusal(input.value)
    if (why) this.#set(this.at, this.before)
    this.typing = undefined
    input.ariaInvalid = false
    input.value = this.write(this.weights[this.at])
    if (why) this.refuse(why)
  }
}

// Three digits or so, which fit into a cell; what is 0 but for rounding is 0.
export function weightText(weight) {
  const size = Math.abs(weight)
  if (size >= 99999.5) return weight.toExponential(1).replace("e+", "e").replace("-", "−")
  if (size < 5e-4) return size < 1e-9 ? "0" : "≈0"
  return shown(weight, size < 0.005 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0)
}

export function tint(cell, value, largest) {
  cell.classList.toggle("positive", value > 0)
  cell.classList.toggle("negative", value < 0)
  cell.style.setProperty("--share", `${largest ? (44 * Math.abs(value)) / largest : 0}%`)
}

const refusal = (text) =>
  Number.isNaN(numberOf(text))
    ? `“${text}” is no weight.`
    : `“${text}” is too large: weights go up to a million.`

// A number as people write it: 2, −0.5, 0,5, 1/9. Else NaN.
function numberOf(text) {
  const parts = text.replaceAll(/[−–]/g, "-").replaceAll(",", ".").split("/")
  return parts.length > 2 || parts.some((part) => !/^\s*[-+]?[\d.]+(e[-+]?\d+)?\s*$/i.test(part))
    ? Number.NaN
    : parts.map(Number).reduce((one, other) => one / other)
}
