// Parts of the desk for kernels: tables of numbers, lines, and what a kernel is beyond one pixel.
import { largest } from "./kernels-arithmetic.js"
import { paint } from "./kernels-pictures.js"
import { element } from "./touch.js"
import { weightText } from "./weights.js"

const PATTERNS = {
  constant: "the same everywhere",
  right: "brighter to the right",
  below: "brighter downwards",
  bright: "checkerboard",
}

// Its sum, what it makes of simple patterns; further, its symmetry and rank, and which waves it lets
// through.
export class Traits {
  constructor() {
    this.text = element("p")
    this.kind = element("p")
    this.patterns = element("p", { class: "patterns" })
    this.curve = element("div", { class: "curve" })
    this.plane = element("canvas", { role: "img" })
    this.most = element("span")
    const [across, down] = ["across", "down"].map((name) => element("b", { class: name }, name))
    this.element = element("div", { class: "traits" }, this.text, this.patterns)
    this.further = element(
      "div",
      { class: "waves" },
      this.kind,
      titled(["gain of slow to fast waves: ", across, ", ", down], this.curve),
      titled(["all ways", this.most], this.plane),
    )
  }

  draw({ weights, symmetry: kind, rank: count, gain: { plane, across, down }, answers: to }) {
    const most = largest(plane)
    this.sum = `sum ${weightText(weights)}`
    this.text.textContent = `${this.sum} · answers to patterns:`
    this.kind.textContent = `${kind} · rank ${count}`
    const patterns = Object.entries(PATTERNS).map(([name, label]) => {
      const icon = element("i", { class: name, role: "img", "aria-label": label, title: label })
      return element("span", {}, icon, ` → ${weightText(to[name])}`)
    })
    this.patterns.replaceChildren(...patterns)
    this.most.textContent = `, to ${weightText(most)}`
    this.curve.innerHTML = lines({ across, down }, most)
    this.plane.ariaLabel = "gain of all waves, the slowest in the middle"
    paint(this.plane, 32, 32, plane.flat(), { kind: "signs", reach: most || 1 })
  }

  words(more) {
    return more ? `${this.sum} · ${this.kind.textContent}` : this.sum
  }
}

// How far descent towards a hidden kernel has come.
export function progress({ target, steps }, { losses, found }) {
  const after = steps ? ` after ${steps} ${steps === 1 ? "step" : "steps"}` : ""
  const error = losses.at(-1).toPrecision(3)
  return found
    ? `Found${after}: it is ${target}.`
    : `Find the weights that answer the same. Mean squared error${after}: ${error}.`
}

export const titled = (caption, below) =>
  element("figure", {}, element("figcaption", {}, ...[caption].flat()), below)

// Lines in a box of 100 by 40, with `most` at its top.
export function lines(named, most = Math.max(...Object.values(named).flat())) {
  const drawn = Object.entries(named).map(([name, values]) => {
    const points = values.map((value, n) => {
      const x = (100 * n) / Math.max(1, values.length - 1)
      return `${x.toFixed(1)},${(39 - (38 * value) / (most || 1)).toFixed(1)}`
    })
    return `<polyline class="${name}" points="${points.join(" ")}"/>`
  })
  const box = 'viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true"'
  return `<svg ${box}>${drawn.join("")}</svg>`
}

export const table = (label) =>
  element("div", { class: "numbers", role: "img", "aria-label": label })

export function fill(holder, rows, look) {
  const flat = rows.flat()
  if (holder.children.length !== flat.length) {
    holder.style.setProperty("--columns", rows.length)
    holder.replaceChildren(...flat.map(() => element("span", { class: "cell" })))
  }
  flat.forEach((value, n) => {
    holder.children[n].textContent = weightText(value)
    look(holder.children[n], value)
  })
}
