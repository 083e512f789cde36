// <kernel-pair>: two small kernels in a row, and the large one that they are. Point at one of its
// cells to see the products that make it; at a small kernel's weight to see which cells it is in.
import { Grid } from "./grid.js"
import { element, factor, place, shown, Touch } from "./touch.js"
import { isWeight, signOf, Weights } from "./weights.js"

// Arithmetic: of each cell of the one kernel, the pairs of weights whose products add up to it.

export function composed(first, second) {
  const size = first.length + second.length - 1
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => {
      const pairs = pairsOf(first, second, row, column)
      return { pairs, sum: pairs.reduce((total, { a, b }) => total + a * b, 0) }
    }),
  )
}

function pairsOf(first, second, row, column) {
  const pairs = []
  first.forEach((weights, u) => {
    weights.forEach((a, v) => {
      const b = second[row - u]?.[column - v]
      if (b !== undefined) pairs.push({ first: [u, v], second: [row - u, column - v], a, b })
    })
  })
  return pairs
}

// State

const kernel = (first) => ({
  first,
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((row) => Array.isArray(row) && row.length === 3 && row.every(isWeight)),
})

class KernelPair extends Touch {
  label = "Two kernels in a row, and the one that they are"

  static fields = {
    first: kernel([
      [1, 2, 1],
      [2, 4, 2],
      [1, 2, 1],
    ]),
    second: kernel([
      [-1, 0, 1],
      [-2, 0, 2],
      [-1, 0, 1],
    ]),
    cell: place([2, 1], 4),
  }

  compute({ first, second }) {
    return { composed: composed(first, second) }
  }

  // Views

  news = "" // which weight was changed last
  reach // the weight that is pointed at

  build() {
    this.small = ["first", "second"].map((name) => this.#weights(name))
    this.large = new Grid(`${this.id}-large`, "Both in a row", (row, column) => {
      this.reach = undefined
      this.news = ""
      this.state = { cell: [row, column] }
    })
    const [first, second] = this.small.map((weights) => weights.element)
    const parts = [first, "then", second, "=", this.large.element]
    this.sum = element("p", { class: "terms" })
    const row = element("div", { class: "kernels" }, ...parts)
    const hint = element("p", {}, "Weights: drag ↔ or type.")
    const controls = element("div", { class: "controls" }, hint, this.resetButton())
    this.stage.append(row, this.sum, controls)
  }

  #weights(name) {
    const label = `${name === "first" ? "First" : "Second"} kernel`
    const change = (weights) => {
      const before = this.state[name].flat()
      const n = weights.flat().findIndex((weight, at) => weight !== before[at])
      if (n >= 0) this.news = `${label}, ${where(n)}, is ${shown(weights.flat()[n])}. `
      this.state = { [name]: weights }
    }
    const made = new Weights(change, (why) => this.refuse(why), { label })
    // While a mouse is over a weight, or it has the focus, its copy of the other kernel is seen.
    const isFinger = ({ pointerType = "mouse" }) => pointerType !== "mouse"
    for (const sign of ["pointerover", "focusin"]) {
      made.element.addEventListener(sign, (event) => {
        const n = made.inputs.indexOf(event.target)
        if (n >= 0 && !isFinger(event)) this.#turn({ name, n })
      })
    }
    for (const sign of ["pointerleave", "focusout"]) {
      made.element.addEventListener(sign, (event) => {
        if (!isFinger(event)) this.#turn(undefined)
      })
    }
    return made
  }

  #turn(reach) {
    this.reach = reach
    this.draw()
  }

  draw() {
    const { first, second, cell } = this.state
    const { composed: cells } = this.result
    const { pairs, sum } = cells[cell[0]][cell[1]]
    this.#drawSmall(0, first, new Set(pairs.map((pair) => pair.first.join())))
    this.#drawSmall(1, second, new Set(pairs.map((pair) => pair.second.join())))
    const largest = Math.max(...cells.flat().map(({ sum }) => Math.abs(sum))) || 1
    const look = (row, column) => {
      const value = cells[row][column].sum
      const chosen = this.reach ? this.#reaches(row, column) : cell.join() === `${row},${column}`
      return {
        text: shown(value),
        class: `value ${signOf(value)}${chosen ? " chosen" : ""}`,
        fill: Math.abs(value) / largest,
      }
    }
    this.large.draw(cells.length, cells.length, look, cell)
    const products = pairs.map(({ a, b }) => `${shown(a)}·${factor(shown(b))}`).join(" + ")
    this.equation = `Row ${cell[0]}, column ${cell[1]} (from 0): ${products} = `
    if (this.reach) this.sum.textContent = this.#copied()
    else this.sum.replaceChildren(this.equation, element("strong", {}, shown(sum)))
    this.equation += shown(sum)
  }

  #drawSmall(number, weights, lit) {
    this.small[number].draw(weights)
    this.small[number].inputs.forEach((input, n) => {
      const name = number ? "second" : "first"
      const chosen = this.reach
        ? this.reach.name !== name || this.reach.n === n
        : lit.has(`${Math.floor(n / 3)},${n % 3}`)
      input.classList.toggle("chosen", chosen)
    })
  }

  // A weight meets the whole of the other kernel, in as many cells, shifted to its own place.
  #reaches(row, column) {
    const { n } = this.reach
    const [down, right] = [row - Math.floor(n / 3), column - (n % 3)]
    return 0 <= down && down < 3 && 0 <= right && right < 3
  }

  #copied() {
    const { name, n } = this.reach
    const [other, weight] = [name === "first" ? "second" : "first", this.state[name].flat()[n]]
    return `This weight lays down a copy of the ${other} kernel, times ${shown(weight)}; the copies of all nine add up.`
  }

  code() {
    return { first: rows(this.state.first), second: rows(this.state.second) }
  }

  words() {
    return this.news + this.equation
  }
}

const where = (n) => `row ${Math.floor(n / 3)}, column ${n % 3}`

const rows = (weights) => `[${weights.map((row) => `[${row.join(", ")}]`).join(", ")}]`

customElements.define("kernel-pair", KernelPair)
