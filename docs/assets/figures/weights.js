// Weights that are typed, dragged sideways, and stepped by keys, in a grid that is one tab stop.
import { element, shown } from "./touch.js"

const PIXELS = 4 // of a drag for one step
export const LARGEST = 1e6

export class Weights {
  // `change(kernel)` gets the weights that are asked for; `refuse(text)` what is no weight.
  constructor(change, refuse) {
    Object.assign(this, { change, refuse, kernel: [], at: 0, inputs: [] })
    this.element = element("div", {
      class: "numbers weights",
      role: "group",
      "aria-label": "Weights",
    })
    this.element.addEventListener("pointerdown", (event) => this.#press(event))
    this.element.addEventListener("keydown", (event) => this.#key(event))
    this.element.addEventListener("input", ({ target }) => this.#type(target))
    this.element.addEventListener("change", ({ target }) => this.#typed(target))
    this.element.addEventListener("focusin", ({ target }) => {
      this.at = this.inputs.indexOf(target)
      this.#rove()
    })
  }

  draw(kernel) {
    const flat = kernel.flat()
    if (this.inputs.length !== flat.length) this.#make(kernel.length)
    this.kernel = kernel
    const largest = Math.max(...flat.map(Math.abs))
    this.inputs.forEach((input, n) => {
      const text = weightText(flat[n])
      if (input !== this.typing && input.value !== text) input.value = text
      input.setAttribute("aria-valuenow", flat[n])
      tint(input, flat[n], largest)
    })
  }

  #make(size) {
    this.element.style.setProperty("--columns", size)
    this.inputs = Array.from({ length: size ** 2 }, (_, n) =>
      element("input", {
        class: "cell",
        role: "spinbutton",
        autocomplete: "off",
        "aria-label": `Weight, row ${Math.floor(n / size) + 1}, column ${(n % size) + 1}`,
      }),
    )
    this.at = Math.min(this.at, size ** 2 - 1)
    this.element.replaceChildren(...this.inputs)
    this.#rove()
  }

  #rove() {
    this.inputs.forEach((input, n) => {
      input.tabIndex = n === this.at ? 0 : -1
    })
  }

  #set(n, value) {
    const size = this.kernel.length
    const wanted = Math.max(-LARGEST, Math.min(LARGEST, Number(value.toPrecision(12))))
    this.change(
      this.kernel.map((row, u) => row.map((weight, v) => (u * size + v === n ? wanted : weight))),
    )
  }

  // A tenth of the leading digit's place: 0.1 while the largest weight is from 1 to 9.
  get step() {
    const largest = Math.max(...this.kernel.flat().map(Math.abs))
    return largest ? 10 ** Math.max(-6, Math.floor(Math.log10(largest)) - 1) : 0.1
  }

  // A press that moves is a drag; one that doesn't is the wish to type.
  #press(event) {
    const n = this.inputs.indexOf(event.target)
    if (n < 0 || event.button !== 0 || event.target === this.typing) return
    event.preventDefault()
    const { step } = this
    const from = this.kernel.flat()[n]
    const input = event.target
    input.setPointerCapture(event.pointerId)
    let moved = 0
    const move = ({ clientX }) => {
      const steps = Math.round((clientX - event.clientX) / PIXELS)
      if (steps === moved) return
      moved = steps
      this.#set(n, Math.round(from / step + steps) * step)
    }
    const dragged = { once: false }
    input.addEventListener("pointermove", move, dragged)
    const end = ({ type }) => {
      input.removeEventListener("pointermove", move, dragged)
      for (const sign of ["pointerup", "pointercancel"]) input.removeEventListener(sign, end)
      if (type === "pointerup" && moved === 0) this.#focus(n)
    }
    for (const sign of ["pointerup", "pointercancel"]) input.addEventListener(sign, end)
  }

  #focus(n) {
    const size = this.inputs.length
    const input = this.inputs[(n + size) % size]
    input.focus()
    input.select()
  }

  #key(event) {
    const n = this.inputs.indexOf(event.target)
    if (n < 0 || event.ctrlKey || event.metaKey || event.altKey) return
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key]
    const to = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const { value, selectionStart, selectionEnd } = event.target
    const whole = selectionEnd - selectionStart === value.length
    if (steps) {
      this.typing = undefined
      const { step } = this
      this.#set(n, Math.round(this.kernel.flat()[n] / step + steps) * step)
    } else if (to && whole) this.#focus(n + to)
    else if (event.key === "Enter") this.#typed(event.target)
    else return
    event.preventDefault()
  }

  #type(input) {
    const value = numberOf(input.value)
    this.typing = input
    input.ariaInvalid = String(!acceptable(value))
    if (acceptable(value)) this.#set(this.inputs.indexOf(input), value)
  }

  #typed(input) {
    this.typing = undefined
    if (input.ariaInvalid === "true") this.refuse(input.value)
    input.ariaInvalid = "false"
    this.draw(this.kernel)
  }
}

export const weightText = (weight) =>
  weight !== 0 && Math.abs(weight) < 0.005
    ? weight.toExponential(0).replace("-", "−")
    : shown(weight, Math.abs(weight) < 9.995 ? 2 : Math.abs(weight) < 99.95 ? 1 : 0)

export function tint(cell, value, largest) {
  cell.classList.toggle("positive", value > 0)
  cell.classList.toggle("negative", value < 0)
  cell.style.setProperty("--share", `${largest ? (60 * Math.abs(value)) / largest : 0}%`)
}

const acceptable = (value) => Math.abs(value) <= LARGEST

// A number as people write it: 2, −0.5, 0,5, 1/9. Else NaN.
function numberOf(text) {
  const parts = text.replaceAll(/[−–]/g, "-").replaceAll(",", ".").split("/")
  if (parts.length > 2 || parts.some((part) => part.trim() === "")) return Number.NaN
  return parts.map(Number).reduce((one, other) => one / other)
}
