// Layers to edit, one below the other: their numbers, their order, and what each of them makes.
import { element, shown, whole } from "./touch.js"

export const layer = (kernel_size, stride = 1, padding = 0, dilation = 1, transposed = false) => ({
  kernel_size,
  stride,
  padding,
  dilation,
  transposed,
})
const LIMITS = { kernel_size: [1, 9], stride: [1, 4], padding: [0, 8], dilation: [1, 9] }
const WORDS = { kernel_size: "kernel", stride: "stride", padding: "padding", dilation: "dilation" }

// What is left out is as in `layer`.
export function isLayer(value) {
  const all = { ...layer(value?.kernel_size), ...value }
  return (
    Object.entries(LIMITS).every(([name, [min, max]]) => whole(0, min, max).accepts(all[name])) &&
    typeof all.transposed === "boolean"
  )
}

export class LayerList {
  // `now()` says which layers there are, drawn or not yet; `change(layers)` is called with others;
  // `refuse(why)`, where a number can't be.
  constructor(now, change, refuse) {
    this.now = now
    this.change = change
    this.refuse = refuse
    this.element = element("div", { class: "layers" })
    this.element.addEventListener("input", ({ target }) => this.#edit(target))
    this.element.addEventListener("change", ({ target }) => this.#settle(target))
  }

  // `table` holds size and jump of each layer; `counts`, how many units the rows have.
  draw(layers, table, counts) {
    const items = this.element.children
    if (items.length !== layers.length) {
      this.element.replaceChildren(...layers.map((_, number) => this.#item(number)))
    }
    layers.forEach((each, number) => {
      for (const input of items[number].querySelectorAll("input")) {
        if (input.type === "checkbox") input.checked = each.transposed
        else if (document.activeElement !== input) input.value = each[input.name]
      }
      const { size, jump } = table[number]
      const count = counts[number + 1]
      items[number].querySelector("span").textContent = count
        ? `${count} ${count === 1 ? "unit" : "units"}, r = ${size}, j = ${shown(jump)}`
        : "no unit: the kernel is larger than its input"
    })
  }

  #item(number) {
    const name = `Layer ${number + 1}`
    const inputs = Object.entries(LIMITS).map(([field, [min, max]]) => {
      const input = element("input", { type: "number", name: field, min, max })
      return element("label", {}, WORDS[field], input)
    })
    const transposed = element("input", { type: "checkbox", name: "transposed" })
    const raise = button("↑", `${name} earlier`, () => this.#raise(number))
    raise.disabled = number === 0
    const remove = button("×", `Remove layer ${number + 1}`, () => {
      this.change(this.now().filter((_, n) => n !== number))
    })
    return element(
      "div",
      { role: "group", "aria-label": name },
      element("strong", { "aria-hidden": true }, name),
      ...inputs,
      element("label", {}, "transposed", transposed),
      element("span"),
      raise,
      remove,
    )
  }

  #numberOf(input) {
    return [...this.element.children].findIndex((item) => item.contains(input))
  }

  // What is half typed isn't a layer yet.
  #edit(input) {
    const layers = this.now()
    const value = input.type === "checkbox" ? input.checked : input.valueAsNumber
    const edited = layers[this.#numberOf(input)]
    edited[input.name] = value
    if (isLayer(edited)) this.change(layers)
  }

  // The number that counts comes back into a field where another was left.
  #settle(input) {
    const used = this.now()[this.#numberOf(input)][input.name]
    if (input.type === "checkbox") {
      input.checked = used
      return
    }
    const [min, max] = LIMITS[input.name]
    if (!whole(0, min, max).accepts(input.valueAsNumber)) {
      this.refuse(`A ${WORDS[input.name]} is a whole number from ${min} to ${max}.`)
    }
    input.value = used
  }

  #raise(number) {
    const layers = this.now()
    const [taken] = layers.splice(number, 1)
    layers.splice(number - 1, 0, taken)
    this.change(layers)
  }
}

function button(words, name, act) {
  const made = element("button", { type: "button", "aria-label": name }, words)
  made.addEventListener("click", act)
  return made
}
