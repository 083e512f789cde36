// Other values to try: moving a control shows another state of its block, which the build ran and
// drew. The states are files, fetched when a reader first turns to the control.
import { printed } from "./printed.js"

const FOLDER = new URL("states/", import.meta.url)
const STEP = 500 // milliseconds from one state to the next in play

class Block {
  constructor(form) {
    this.form = form
    this.element = form.closest(".block")
    this.code = this.element.querySelector(".highlight:not(.output) code")
    this.lines = this.code.innerHTML.split("\n")
    this.names = [...new Set([...form.elements].map((input) => input.name).filter(Boolean))]
    this.files = new Map()
    form.addEventListener("input", () => this.show())
    form.addEventListener("submit", (event) => event.preventDefault())
    for (const sign of ["pointerenter", "focusin"]) {
      form.addEventListener(sign, () => this.fetch(this.number), { once: true })
    }
    for (const button of form.querySelectorAll(".play")) {
      button.addEventListener("click", () => this.play(button))
    }
  }

  sizeOf(name) {
    const input = this.form.elements[name]
    return input instanceof RadioNodeList ? input.length : Number(input.max) + 1
  }

  // Which state the controls are at: the last one's values change first.
  get number() {
    return this.names.reduce(
      (number, name) => number * this.sizeOf(name) + Number(this.form.elements[name].value),
      0,
    )
  }

  labelOf(name) {
    const input = this.form.elements[name]
    return input instanceof RadioNodeList
      ? [...input].find((choice) => choice.checked).parentElement.textContent
      : JSON.parse(input.dataset.labels)[input.value]
  }

  // Sets controls to the labels given, if each has such a value; says whether it did.
  set(labels) {
    const places = labels.map(([name, label]) => {
      const input = this.form.elements[name]
      const all =
        input instanceof RadioNodeList
          ? [...input].map((choice) => choice.parentElement.textContent)
          : JSON.parse(input?.dataset.labels ?? "[]")
      return [name, all.indexOf(label)]
    })
    if (places.some(([, place]) => place < 0)) return false
    for (const [name, place] of places) this.form.elements[name].value = place
    return true
  }

  async fetch(number) {
    const count = Number(this.form.dataset.files)
    const file = count === 1 ? 0 : number
    if (file < 0 || file >= count) return undefined
    if (!this.files.has(file)) {
      const address = new URL(`${this.form.dataset.states}-${file}.json`, FOLDER)
      const answer = fetch(address).then((response) => response.json())
      answer.catch(() => this.files.delete(file)) // another try may find the network again
      this.files.set(file, answer)
    }
    const content = await this.files.get(file)
    return count === 1 ? content[number] : content
  }

  async show() {
    for (const range of this.form.querySelectorAll("[type=range]")) {
      const label = this.labelOf(range.name)
      range.ariaValueText = label
      range.nextElementSibling.textContent = label
    }
    const { number } = this
    const state = await this.fetch(number)
    if (number !== this.number) return // moved on meanwhile
    this.draw(state)
    this.remember()
    await Promise.all([this.fetch(number - 1), this.fetch(number + 1)])
  }

  draw({ figures, lines, output }) {
    const shown = this.element.querySelectorAll("figure")
    shown.forEach((figure, n) => {
      figure.outerHTML = figures[n]
    })
    this.code.innerHTML = this.lines.map((line, n) => lines[n] ?? line).join("\n")
    this.element.querySelector(":scope > .output")?.replaceWith(printed(output))
  }

  // The address leads back to what is seen: to the section, and the values of this block.
  remember() {
    const values = new URLSearchParams(this.names.map((name) => [name, this.labelOf(name)]))
    history.replaceState(history.state, "", `#${sectionOf(this.element)}?${values}`)
  }

  play(button) {
    const range = button.previousElementSibling.querySelector("input")
    if (this.timer) return this.stop(button)
    if (range.value === range.max) range.value = 0
    button.textContent = "Stop"
    this.timer = setInterval(() => {
      range.stepUp()
      this.show()
      if (range.value === range.max) this.stop(button)
    }, STEP)
  }

  stop(button) {
    clearInterval(this.timer)
    this.timer = undefined
    button.textContent = "Play"
  }
}

// The id of the heading that a block stands under.
function sectionOf(element) {
  const headings = [...document.querySelectorAll(".md-content :is(h1, h2, h3, h4)[id]")]
  const before = headings.filter(
    (heading) => heading.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING,
  )
  return before.at(-1)?.id ?? ""
}

// Opens an address that `remember` made; what isn't one of the states is left alone.
function restore(blocks) {
  const [section, values] = location.hash.slice(1).split("?")
  if (!values || document.getElementById(section)?.matches(".touch")) return
  const labels = [...new URLSearchParams(values)]
  const block = blocks.find(
    ({ element, names }) =>
      sectionOf(element) === section && names.join() === labels.map(([name]) => name).join(),
  )
  if (block?.set(labels)) {
    block.element.scrollIntoView()
    block.show()
  } else {
    console.warn(`There is no state ${values} in the section ${section}`)
  }
}

const blocks = [...document.querySelectorAll("form.try")].map((form) => new Block(form))
restore(blocks)
addEventListener("hashchange", () => restore(blocks))
