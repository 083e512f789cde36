// <kernel-pair>: two small kernels in a row, and the large one that they are. Point at one of its
// cells to see the products that make it.
import { Grid } from "./grid.js"
import { element, factor, shown, Touch, whole } from "./touch.js"
import { isWeight, Weights } from "./weights.js"

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
    cell: {
      first: [2, 1],
      accepts: (value) =>
        Array.isArray(value) && value.length === 2 && value.every((n) => whole(0, 0, 4).accepts(n)),
    },
  }

  compute({ first, second }) {
    return { composed: composed(first, second) }
  }

  // Views

  build() {
    this.small = ["first", "second"].map((name) => this.#weights(name))
    this.large = new Grid(`${this.id}-large`, "Both in a row", (row, column) => {
      this.state = { cell: [row, column] }
    })
    const [first, second] = this.small.map((weights) => weights.element)
    const parts = [first, "then", second, "is", this.large.element]
    this.sum = element("p", { class: "terms" })
    const row = element("div", { class: "kernels" }, ...parts)
    this.stage.append(row, this.sum, element("div", { class: "controls" }, this.resetButton()))
  }

  #weights(name) {
    const change = (weights) => {
      this.state = { [name]: weights }
    }
    const label = `${name === "first" ? "First" : "Second"} kernel`
    return new Weights(change, (why) => this.refuse(why), { label })
  }

  draw() {
    const { first, second, cell } = this.state
    const { composed: cells } = this.result
    const { pairs, sum } = cells[cell[0]][cell[1]]
    this.#drawSmall(0, first, new Set(pairs.map((pair) => pair.first.join())))
    this.#drawSmall(1, second, new Set(pairs.map((pair) => pair.second.join())))
    const look = (row, column) => {
      const value = cells[row][column].sum
      const chosen = cell.join() === [row, column].join() ? " chosen" : ""
      return { text: shown(value), class: `${sign(value)}${chosen}` }
    }
    this.large.draw(cells.length, cells.length, look, cell)
    const products = pairs.map(({ a, b }) => `${shown(a)}·${factor(shown(b))}`).join(" + ")
    const where = `Row ${cell[0] + 1}, column ${cell[1] + 1}: `
    this.sum.replaceChildren(where, products, " = ", element("strong", {}, shown(sum)))
  }

  #drawSmall(number, weights, lit) {
    this.small[number].draw(weights)
    this.small[number].inputs.forEach((input, n) => {
      input.classList.toggle("chosen", lit.has(`${Math.floor(n / 3)},${n % 3}`))
    })
  }

  code() {
    return { first: rows(this.state.first), second: rows(this.state.second) }
  }

  words() {
    return this.sum.textContent
  }
}

const rows = (weights) => `[${weights.map((row) => `[${row.join(", ")}]`).join(", ")}]`

const sign = (weight) => (weight < 0 ? "negative" : weight > 0 ? "positive" : "zero")

customElements.define("kernel-pair", KernelPair)
