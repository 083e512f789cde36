// What the figures to touch share. Each is one state, plain values that can be read, set, linked to
// and announced, and views that follow it; until it wakes, its block's own figure stands there.

const SETTLED = 400 // milliseconds after the last change: time to write the address and speak

export class Touch extends HTMLElement {
  // A subclass says: static fields, what a state holds: name -> { first, accepts(value) };
  // compute(state) -> result; build(), which makes the views; draw(), which shows state and result;
  // code() -> name of a variable in the block -> its Python; words(), what is announced.

  #state
  #awake = false
  #frame = 0
  #settling = 0
  #said = []
  #unfold // shows what is behind More, or hides it

  connectedCallback() {
    if (this.#state) return
    this.#state = this.defaults
    this.result = this.compute(this.#state)
    for (const link of document.querySelectorAll(`a[data-state][href$="#${this.id}"]`)) {
      link.hash += `?${link.dataset.state}` // a page's link to one of the states
    }
    addEventListener("hashchange", () => this.#restore())
    if (this.#restore()) return
    const watch = new IntersectionObserver(([{ isIntersecting }]) => {
      if (!isIntersecting) return
      watch.disconnect()
      this.#wake()
    })
    watch.observe(this)
  }

  get defaults() {
    const { fields } = this.constructor
    return structuredClone(Object.fromEntries(Object.entries(fields).map(([n, f]) => [n, f.first])))
  }

  get state() {
    return structuredClone(this.#state)
  }

  // Takes some of the values, and keeps the others; refuses what can't be shown.
  set state(values) {
    const { fields } = this.constructor
    for (const [name, value] of Object.entries(values)) {
      if (!fields[name]?.accepts(value)) {
        throw new RangeError(`${this.localName}: ${name} can't be ${JSON.stringify(value)}`)
      }
    }
    this.#state = this.settle({ ...this.#state, ...structuredClone(values) })
    this.result = this.compute(this.#state)
    this.#wake()
    this.problem.textContent = ""
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#showInPlace())
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => this.#remember(), SETTLED)
  }

  // Where one value bounds another, a subclass puts them right.
  settle(state) {
    return state
  }

  #wake() {
    if (this.#awake) return
    this.#awake = true
    this.live = element("p", { class: "announced", "aria-live": "polite" })
    this.stage = element("div", { class: "stage", role: "group", "aria-label": this.label })
    this.problem = element("p", { role: "alert" })
    this.build()
    if (!this.stage.contains(this.problem)) this.stage.append(this.problem)
    this.append(this.stage, this.live)
    this.classList.add("awake")
    // Colours on a canvas don't follow the palette by themselves.
    const palette = new MutationObserver(() => this.draw())
    palette.observe(document.body, { attributeFilter: ["data-md-color-scheme"] })
    this.#show()
    this.#write()
  }

  // What a hand is on stays under it, however tall the views above become.
  #showInPlace() {
    const held = this.contains(document.activeElement) ? document.activeElement : undefined
    const before = held?.getBoundingClientRect().top
    this.#show()
    setTimeout(() => this.#write()) // the code is long: once the figure is seen
    if (!held) return
    const moved = held.getBoundingClientRect().top - before
    if (moved) scrollBy({ top: moved, behavior: "instant" })
  }

  #show() {
    this.draw()
    this.#unfold?.(this.#state.more)
    for (const control of this.stage.querySelectorAll("[data-field]")) {
      showIn(control, this.#state[control.dataset.field])
    }
  }

  // The block's code does what is seen.
  #write() {
    const block = this.closest(".block")
    const variables = Object.entries(this.code())
    if (JSON.stringify(variables) === this.wrote) return // something else was turned to
    this.wrote = JSON.stringify(variables)
    this.own ??= JSON.stringify(Object.entries(this.#codeAtFirst()))
    block.dispatchEvent(new Event("restate")) // edits and results of a run are of another state
    const code = block.querySelector(".highlight:not(.output) code")
    this.written ??= code.innerHTML.split("\n")
    this.texts ??= code.textContent.split("\n")
    const lines = [...this.written]
    for (const [name, python] of this.wrote === this.own ? [] : variables) {
      const first = this.texts.findIndex((line) => line.startsWith(`${name} = `))
      const last = endOfStatement(this.texts, first)
      lines.fill(undefined, first, last + 1)
      lines[first] = coloured(`${name} = ${python}`)
    }
    code.innerHTML = lines.filter((line) => line !== undefined).join("\n")
  }

  #codeAtFirst() {
    const now = [this.#state, this.result]
    this.#state = this.defaults
    this.result = this.compute(this.#state)
    const code = this.code()
    ;[this.#state, this.result] = now
    return code
  }

  #remember() {
    const { fields } = this.constructor
    const changed = Object.entries(this.#state)
      .filter(([name, value]) => !same(value, fields[name].first))
      .map(([name, value]) => [name, written(value, fields[name])])
    const values = changed.length ? `?${new URLSearchParams(changed)}` : ""
    history.replaceState(history.state, "", `#${this.id}${values}`)
    this.#announce(this.words().split(/(?<=[.:]) /))
  }

  // What was said before isn't said again, unless there is nothing else.
  #announce(sentences) {
    const news = sentences.filter((sentence) => !this.#said.includes(sentence))
    this.live.textContent = (news.length ? news : sentences).join(" ")
    this.#said = sentences
  }

  refuse(text) {
    this.problem.textContent = text
  }

  // Opens an address that `#remember` made; what isn't a state is left alone.
  #restore() {
    const [id, values] = location.hash.slice(1).split("?")
    if (id !== this.id || !values) return false
    const { fields } = this.constructor
    try {
      const said = [...new URLSearchParams(values)]
      this.state = Object.fromEntries(said.map(([n, text]) => [n, read(text, fields[n])]))
    } catch (problem) {
      console.warn(`The address has no state of this figure: ${problem.message}`)
      this.#wake()
      this.refuse("The address asks for what this figure can't show. Here it is as it begins.")
      return false
    }
    this.scrollIntoView()
    return true
  }

  // Controls: what they show is the state, and what they set is the state.

  slider(field, label, min, max, step = 1) {
    const input = element("input", { type: "range", min, max, step, "data-field": field })
    input.addEventListener("input", () => this.#set(field, Number(input.value)))
    const shown = element("span", { "aria-hidden": true }) // the slider has it as its value
    return element("label", {}, label, input, shown)
  }

  // `options`: [value, words] pairs.
  choice(field, label, options) {
    const group = element("fieldset", { "data-field": field }, element("legend", {}, label))
    for (const [value, words] of options) {
      const name = `${this.id}-${field}`
      const input = element("input", { type: "radio", name, value: JSON.stringify(value) })
      input.addEventListener("change", () => this.#set(field, value))
      group.append(element("label", {}, input, words))
    }
    return group
  }

  button(words, act) {
    const button = element("button", { type: "button" }, words)
    button.addEventListener("click", act)
    return button
  }

  // Shows and hides what a first look can do without: `parts`, if the state's `more` is true.
  moreButton(...parts) {
    const button = this.button("More", () => this.#set("more", !this.#state.more))
    this.#unfold = (more) => {
      button.textContent = more ? "Less" : "More"
      button.ariaExpanded = more
      for (const part of parts) part.hidden = !more
    }
    return button
  }

  resetButton() {
    return this.button("Reset the figure", () => {
      this.state = this.defaults
    })
  }

  #set(field, value) {
    this.state = { [field]: value }
  }
}

function showIn(control, value) {
  if (control.type === "range") {
    control.value = value
    control.nextElementSibling.textContent = value
  } else {
    const written = JSON.stringify(value)
    for (const input of control.querySelectorAll("input")) input.checked = input.value === written
  }
}

// How an address says a value. A secret isn't read there in passing.
const written = (value, { secret }) => {
  const text = JSON.stringify(value)
  return secret ? btoa(text) : text
}
const read = (text, field) => JSON.parse(field?.secret ? atob(text) : text)

// What states may hold.
export const whole = (first, min, max) => ({
  first,
  accepts: (value) => Number.isInteger(value) && min <= value && value <= max,
})
// Row and column.
export const place = (first, most = Number.MAX_SAFE_INTEGER) => ({
  first,
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value.every(whole(0, 0, most).accepts),
})
export const oneOf = (first, values) => ({ first, accepts: (value) => values.includes(value) })

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other)

// A number as a factor: 2·(−1).
export const factor = (text) => (text.startsWith("−") ? `(${text})` : text)

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

// Numbers as they are read: at most `digits` behind the point, a real minus.
export function shown(number, digits = 2) {
  const rounded = Number(number.toFixed(digits))
  return String(Object.is(rounded, -0) ? 0 : rounded).replace("-", "−")
}

// A canvas of this size on the screen, empty, whatever the screen's pixels are.
export function penOf(canvas, width, height) {
  const ratio = devicePixelRatio
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.style.height = `${height}px`
  const pen = canvas.getContext("2d")
  pen.scale(ratio, ratio)
  pen.font = `11px ${getComputedStyle(canvas).fontFamily}`
  return pen
}

// A colour of the palette that is seen now.
export const colour = (name) => getComputedStyle(document.body).getPropertyValue(name)

export const python = (value) =>
  Array.isArray(value) && Array.isArray(value[0])
    ? `np.array([\n${value.map((row) => `    [${row.join(", ")}],\n`).join("")}])`
    : typeof value === "boolean"
      ? value
        ? "True"
        : "False"
      : JSON.stringify(value)

function endOfStatement(lines, first) {
  let open = 0
  for (let n = first; n < lines.length; n += 1) {
    open += lines[n].split(/[([]/).length - lines[n].split(/[)\]]/).length
    if (open === 0) return n
  }
  return first
}

// As Pygments marks what a state writes: names, numbers, texts.
function coloured(text) {
  const kinds = [
    ["s2", /^"[^"]*"/],
    ["mi", /^\d[\d.e-]*/],
    ["kc", /^(True|False)\b/],
    ["n", /^[A-Za-z_]\w*/],
    ["o", /^[=.*/+-]/],
  ]
  let html = ""
  for (let rest = text; rest; ) {
    const [kind, pattern] = kinds.find(([, tried]) => tried.test(rest)) ?? ["", /^[\s\S]/]
    const [token] = pattern.exec(rest)
    html += kind ? `<span class="${kind}">${token}</span>` : token
    rest = rest.slice(token.length)
  }
  return html
}
