// <field-pyramid>: layers as rows of units, the input below. Point at a unit of any row to see what
// it sees below, whom it reaches above, and with what weight each pixel counts.
import { carry, carryUp, fieldOf, positions, reads, unitCounts } from "./chain.js"
import { colour, element, penOf, shown, Touch, whole } from "./touch.js"

const layer = (kernel_size, stride = 1, padding = 0, dilation = 1, transposed = false) => ({
  kernel_size,
  stride,
  padding,
  dilation,
  transposed,
})
const PRESETS = {
  "a stride of 2": [layer(3), layer(3, 2), layer(3)],
  "three 3×3": [layer(3), layer(3), layer(3)],
  "VGG block": [layer(3, 1, 1), layer(3, 1, 1), layer(2, 2), layer(3, 1, 1), layer(3, 1, 1)],
  "dilated 1, 2, 4": [layer(3), layer(3, 1, 0, 2), layer(3, 1, 0, 4)],
  "gridding 2, 2, 2": [layer(3, 1, 0, 2), layer(3, 1, 0, 2), layer(3, 1, 0, 2)],
  strided: [layer(3, 2, 1), layer(3, 2, 1), layer(3, 2, 1)],
  transposed: [layer(3, 2, 1), layer(3, 1, 1), layer(4, 2, 1, 1, true)],
}
const LIMITS = { kernel_size: [1, 9], stride: [1, 4], padding: [0, 8], dilation: [1, 8] }
const WORDS = { kernel_size: "kernel", stride: "stride", padding: "padding", dilation: "dilation" }
const MOST = 30 // layers
const UNITS = 300 // in a row
const ROW = 44 // pixels from one row of units to the next
const BARS = 40 // pixels, of the largest weight

function isLayer(value) {
  return (
    Object.entries(LIMITS).every(([name, [min, max]]) =>
      whole(0, min, max).accepts(value?.[name]),
    ) && typeof value.transposed === "boolean"
  )
}

class FieldPyramid extends Touch {
  label = "What units of a network see"

  static fields = {
    input_size: whole(17, 1, 64),
    layers: {
      first: PRESETS["a stride of 2"],
      accepts: (value) => Array.isArray(value) && value.length <= MOST && value.every(isLayer),
    },
    row: whole(3, 0, MOST),
    unit: whole(1, 0, 10_000),
  }

  // A unit that is there, in a row that is there; rows that can be drawn.
  settle(state) {
    const counts = unitCounts(state.layers, state.input_size)
    const most = Math.max(...counts)
    if (most > UNITS) throw new RangeError(`${most} units in a row are too many to draw`)
    state.row = Math.min(state.row, counts.length - 1)
    state.unit = Math.max(0, Math.min(state.unit, counts[state.row] - 1))
    return state
  }

  compute({ layers, input_size, row, unit }) {
    const counts = unitCounts(layers, input_size)
    const here = counts[row] > 0
    return {
      counts,
      positions: positions(layers, counts),
      // For each row down to the input, [unit, weight] pairs; for each row up, the units reached.
      below: here ? carry(layers.slice(0, row), unit, counts).map((units) => [...units]) : [[]],
      above: here ? carryUp(layers.slice(row), unit, counts.slice(row)).map((u) => [...u]) : [[]],
      ...fieldOf(layers.slice(0, row), unit),
      table: layers.map((_, n) => fieldOf(layers.slice(0, n + 1), middle(counts[n + 1]))),
    }
  }

  // Views

  build() {
    this.rows = element("div", {
      class: "rows",
      role: "application",
      tabindex: 0,
      "aria-label": "Rows of units: arrow keys turn to another unit or row",
    })
    this.canvas = element("canvas")
    this.rows.append(this.canvas)
    for (const sign of ["pointerdown", "pointermove"]) {
      this.rows.addEventListener(sign, (event) => this.#pointed(event))
    }
    this.rows.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(() => this.draw()).observe(this.rows)
    this.told = element("p")
    this.list = element("ol", { class: "layers" })
    this.list.addEventListener("input", ({ target }) => this.#edit(target))
    const choices = element("fieldset", {}, element("legend", {}, "Layers"))
    for (const [name, layers] of Object.entries(PRESETS)) {
      choices.append(this.button(name, () => this.#choose(layers)))
    }
    const controls = element(
      "div",
      { class: "controls" },
      choices,
      this.slider("input_size", "input", 1, 64),
      this.button("Add a layer", () => this.#choose([...this.state.layers, layer(3)])),
      this.resetButton(),
    )
    this.stage.append(this.rows, this.told, controls, this.list)
  }

  // Other layers, and the middle of their output.
  #choose(layers) {
    const counts = unitCounts(layers, this.state.input_size)
    this.state = { layers, row: layers.length, unit: middle(counts.at(-1)) }
  }

  #edit(input) {
    const { layers } = this.state
    const value = input.type === "checkbox" ? input.checked : Number(input.value)
    layers[input.dataset.layer][input.name] = value
    if (!isLayer(layers[input.dataset.layer])) return // half typed
    this.state = { layers }
  }

  #remove(number) {
    this.state = { layers: this.state.layers.filter((_, n) => n !== number) }
  }

  #raise(number) {
    const { layers } = this.state
    const [taken] = layers.splice(number, 1)
    layers.splice(number - 1, 0, taken)
    this.state = { layers }
  }

  #pointed({ offsetX, offsetY }) {
    const { counts, positions: places } = this.result
    const fromTop = Math.round((offsetY - ROW / 2) / ROW)
    const row = Math.max(0, Math.min(counts.length - 1, counts.length - 1 - fromTop))
    if (!counts[row]) return
    const { first, step } = places[row]
    const unit = Math.round((this.#pixelAt(offsetX) - first) / step)
    this.state = { row, unit: Math.max(0, Math.min(unit, counts[row] - 1)) }
  }

  #key(event) {
    const [up, right] =
      { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ??
      []
    if (up === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const { row, unit } = this.state
    const { counts, positions: places } = this.result
    const to = Math.max(0, Math.min(row + up, counts.length - 1))
    if (!counts[to]) return
    // To the unit that stands nearest above or below.
    const place = places[row].first + places[row].step * unit
    const near = up ? Math.round((place - places[to].first) / places[to].step) : unit + right
    this.state = { row: to, unit: Math.max(0, Math.min(near, counts[to] - 1)) }
  }

  // From pixels of the input to those of the screen, and back.
  get #scale() {
    const { input_size } = this.state
    const [least, most] = [this.#least, Math.max(input_size - 1, this.#most)]
    return { least, unit: this.rows.clientWidth / (most - least + 1) }
  }

  get #least() {
    return Math.min(0, ...this.result.positions.map(({ first }) => first), this.result.first)
  }

  get #most() {
    return Math.max(this.result.last, ...this.result.positions.map(({ last }) => last))
  }

  #xOf(place) {
    const { least, unit } = this.#scale
    return (place - least + 0.5) * unit
  }

  #pixelAt(x) {
    const { least, unit } = this.#scale
    return x / unit + least - 0.5
  }

  draw() {
    this.#drawRows()
    this.told.textContent = this.words()
    this.#drawList()
  }

  #drawRows() {
    const { counts, positions: places } = this.result
    const { row, layers } = this.state
    const below = this.result.below.map((pairs) => new Map(pairs))
    const above = this.result.above.map((units) => new Set(units))
    const height = counts.length * ROW + BARS
    const pen = penOf(this.canvas, this.rows.clientWidth, height)
    const yOf = (level) => (counts.length - 1 - level) * ROW + ROW / 2
    const xOf = (level, unit) => this.#xOf(places[level].first + places[level].step * unit)
    const radius = Math.max(2, Math.min(7, this.#scale.unit * 0.32))
    this.#drawLines(pen, xOf, yOf)
    for (let level = 0; level < counts.length; level += 1) {
      for (let unit = 0; unit < counts[level]; unit += 1) {
        const seen = level <= row ? below[row - level]?.has(unit) : above[level - row]?.has(unit)
        const kind = level === row && seen ? "--fig-2" : level < row ? "--fig-1" : "--fig-3"
        circle(pen, xOf(level, unit), yOf(level), radius, seen ? colour(kind) : undefined)
      }
      pen.fillStyle = colour("--md-default-fg-color--light")
      pen.fillText(level ? named(layers[level - 1]) : "input", 0, yOf(level) - ROW / 2 + 9)
    }
    this.#drawBox(pen, yOf(0), radius)
    this.#drawBars(pen, yOf(0) + ROW / 2)
  }

  #drawLines(pen, xOf, yOf) {
    const { row, layers } = this.state
    const { below } = this.result
    pen.strokeStyle = colour("--md-default-fg-color--lighter")
    pen.beginPath()
    for (let level = row; level > 0; level -= 1) {
      for (const [unit] of below[row - level] ?? []) {
        for (const read of reads(layers[level - 1], unit)) {
          pen.moveTo(xOf(level, unit), yOf(level))
          pen.lineTo(xOf(level - 1, read), yOf(level - 1))
        }
      }
    }
    pen.stroke()
  }

  // From the first to the last pixel, holes and padding included.
  #drawBox(pen, y, radius) {
    const { first, last } = this.result
    if (last < first) return
    const { unit } = this.#scale
    pen.strokeStyle = colour("--fig-2")
    pen.lineWidth = 2
    pen.strokeRect(
      this.#xOf(first) - unit / 2,
      y - radius - 5,
      unit * (last - first + 1),
      2 * radius + 10,
    )
    pen.lineWidth = 1
  }

  #drawBars(pen, y) {
    const { below, mean, deviation } = this.result
    const weights = below.at(-1)
    const largest = Math.max(...weights.map(([, weight]) => weight))
    const { unit } = this.#scale
    pen.fillStyle = colour("--fig-1")
    for (const [pixel, weight] of weights) {
      const height = (weight / largest) * (BARS - 8)
      pen.fillRect(this.#xOf(pixel) - unit * 0.4, y + BARS - 4 - height, unit * 0.8, height)
    }
    pen.strokeStyle = colour("--fig-2")
    pen.beginPath()
    pen.moveTo(this.#xOf(mean - 2 * deviation), y + BARS - 2)
    pen.lineTo(this.#xOf(mean + 2 * deviation), y + BARS - 2)
    pen.stroke()
  }

  #drawList() {
    const { layers } = this.state
    const { table, counts } = this.result
    if (this.list.children.length !== layers.length) {
      this.list.replaceChildren(...layers.map((_, number) => this.#item(number)))
    }
    layers.forEach((each, number) => {
      const item = this.list.children[number]
      for (const input of item.querySelectorAll("input")) {
        if (input.type === "checkbox") input.checked = each.transposed
        else if (document.activeElement !== input) input.value = each[input.name]
      }
      const { size, jump } = table[number]
      const count = counts[number + 1]
      item.querySelector("span").textContent = count
        ? `${count} ${count === 1 ? "unit" : "units"}, jump ${shown(jump)}, sees ${size}`
        : "no unit: the kernel is larger than its input"
    })
  }

  #item(number) {
    const inputs = Object.entries(LIMITS).map(([name, [min, max]]) => {
      const input = element("input", { type: "number", name, min, max, "data-layer": number })
      return element("label", {}, WORDS[name], input)
    })
    const box = element("input", { type: "checkbox", name: "transposed", "data-layer": number })
    const raise = this.button("↑", () => this.#raise(number))
    raise.ariaLabel = `Layer ${number + 1} earlier`
    raise.disabled = number === 0
    const remove = this.button("×", () => this.#remove(number))
    remove.ariaLabel = `Remove layer ${number + 1}`
    return element(
      "li",
      {},
      ...inputs,
      element("label", {}, box, "transposed"),
      raise,
      remove,
      element("span"),
    )
  }

  code() {
    const { layers, input_size, row, unit } = this.state
    const written = layers.slice(0, row).map((each) => `    ${pythonOf(each)},\n`)
    return {
      layers: written.length ? `[\n${written.join("")}]` : "[]",
      input_size: String(input_size),
      unit: String(unit),
    }
  }

  words() {
    const { row, unit } = this.state
    const { first, last, below, deviation, above, counts, size } = this.result
    const real = below.at(-1).length
    if (!counts[row]) return "The kernel is larger than its input: there is no unit."
    const where = row ? `Unit ${unit} of layer ${row}` : `Pixel ${unit}`
    const sees = row
      ? ` sees pixels ${shown(first)} to ${shown(last)}: a field of ${size}, of which ${real} count` +
        ` (±2σ is ${shown(4 * deviation, 1)} wide).`
      : "."
    const reached = above.at(-1).length
    const reaches =
      row < counts.length - 1 ? ` It reaches ${reached} of ${counts.at(-1)} outputs.` : ""
    return where + sees + reaches
  }
}

function circle(pen, x, y, radius, filled) {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.strokeStyle = filled ?? colour("--md-default-fg-color--light")
  pen.fillStyle = filled ?? "transparent"
  pen.fill()
  pen.stroke()
}

const middle = (count) => Math.max(0, Math.floor((count - 1) / 2))

function named({ kernel_size, stride, dilation, transposed }) {
  const extra = [stride > 1 && `stride ${stride}`, dilation > 1 && `dilation ${dilation}`]
  return [`${transposed ? "transposed " : ""}${kernel_size}`, ...extra.filter(Boolean)].join(", ")
}

function pythonOf({ kernel_size, stride, padding, dilation, transposed }) {
  const options = [padding && `padding=${padding}`, dilation > 1 && `dilation=${dilation}`]
  const said = [kernel_size, ...(stride > 1 ? [stride] : []), ...options.filter(Boolean)]
  return `rf.${transposed ? "ConvTranspose" : "Layer"}(${said.join(", ")})`
}

customElements.define("field-pyramid", FieldPyramid)
