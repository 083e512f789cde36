// <field-pyramid>: layers as rows of units, the input below. Point at a unit of any row to see what
// it sees below, whom it reaches above, and with what weight each pixel counts.
import { carry, carryUp, extentOf, fieldOf, positions, reads, unitCounts } from "./chain.js"
import { stepOf } from "./keys.js"
import { isLayer, LayerList, layer } from "./layer-list.js"
import { pointing } from "./pointing.js"
import { named, pythonOf, told } from "./pyramid-words.js"
import { colour, element, penOf, same, shown, Touch, whole } from "./touch.js"

const PRESETS = {
  "a stride of 2": [layer(3), layer(3, 2), layer(3)],
  "three 3×3": [layer(3), layer(3), layer(3)],
  "VGG block": [layer(3, 1, 1), layer(3, 1, 1), layer(2, 2), layer(3, 1, 1), layer(3, 1, 1)],
  "dilated 1, 2, 4": [layer(3), layer(3, 1, 0, 2), layer(3, 1, 0, 4)],
  "gridding 2, 2, 2": [layer(3, 1, 0, 2), layer(3, 1, 0, 2), layer(3, 1, 0, 2)],
  strided: [layer(3, 2, 1), layer(3, 2, 1), layer(3, 2, 1)],
  transposed: [layer(3, 2, 1), layer(3, 1, 1), layer(4, 2, 1, 1, true)],
}
const MOST = 12 // layers
const UNITS = 300 // in a row
const ROW = 44 // pixels from one row of units to the next
const BARS = 40 // pixels, of the largest weight
const AXIS = 14 // pixels, for the numbers of the input's
const APART = 24 // pixels between such numbers

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

  // Layers with all their numbers, a unit that is there, in a row that is there; rows that can be drawn.
  settle(state) {
    state.layers = state.layers.map((each) => ({ ...layer(each.kernel_size), ...each }))
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
      extent: extentOf(layers, counts),
    }
  }

  // Views

  build() {
    this.rows = element("div", {
      class: "rows",
      role: "application",
      tabindex: 0,
      "aria-label": "Rows of units: arrow keys turn to another unit or row",
      "aria-describedby": `${this.id}-told`,
    })
    this.canvas = element("canvas")
    this.rows.append(this.canvas)
    pointing(this.rows, {
      look: (event) => this.#glance(this.#unitAt(event)),
      choose: (event) => this.#turn(this.#unitAt(event)),
      leave: () => this.#glance(undefined),
    })
    this.rows.addEventListener("keydown", (event) => this.#key(event))
    new ResizeObserver(() => this.draw()).observe(this.rows)
    this.told = element("p", { id: `${this.id}-told` })
    this.list = new LayerList(
      () => this.state.layers, // a copy
      (layers) => this.#try({ layers }),
      (why) => this.refuse(why),
    )
    const choices = element("fieldset", {}, element("legend", {}, "Layers"))
    this.presets = Object.entries(PRESETS).map(([name, layers]) =>
      this.button(name, () => this.#choose(layers)),
    )
    choices.append(...this.presets)
    const controls = element(
      "div",
      { class: "controls" },
      choices,
      this.slider("input_size", "input", 1, 64),
      this.button("Add a layer", () => this.#add()),
      this.resetButton(),
    )
    this.stage.append(this.rows, this.told, controls, this.problem, this.list.element)
  }

  // Other layers, and the middle of their output.
  #choose(layers) {
    const counts = unitCounts(layers, this.state.input_size)
    this.#try({ layers, row: layers.length, unit: middle(counts.at(-1)) })
  }

  // What can't be drawn leaves all as it was.
  #try(values) {
    try {
      this.state = values
    } catch (problem) {
      this.refuse(problem.message)
    }
  }

  #add() {
    const { layers } = this.state
    if (layers.length < MOST) this.#choose([...layers, layer(3)])
    else this.refuse(`More than ${MOST} layers are too many to draw.`)
  }

  #unitAt({ offsetX, offsetY }) {
    const { counts, positions: places } = this.result
    const fromTop = Math.round((offsetY - ROW / 2) / ROW)
    const row = Math.max(0, Math.min(counts.length - 1, counts.length - 1 - fromTop))
    if (!counts[row]) return undefined
    const { first, step } = places[row]
    const unit = Math.round((this.#pixelAt(offsetX) - first) / step)
    return { row, unit: Math.max(0, Math.min(unit, counts[row] - 1)) }
  }

  // What a pointer is over is seen in place of what is chosen, until it leaves.
  #glance(place) {
    this.glanced = place
    this.#drawRows()
  }

  #turn(place) {
    this.glanced = undefined
    if (place) this.state = place
  }

  #key(event) {
    const step = stepOf(event)
    if (!step) return
    const [up, right] = [-step[0], step[1]]
    const { row, unit } = this.state
    const { counts, positions: places } = this.result
    const to = Math.max(0, Math.min(row + up, counts.length - 1))
    if (!counts[to]) return
    // To the unit that stands nearest above or below.
    const place = places[row].first + places[row].step * unit
    const near = up ? Math.round((place - places[to].first) / places[to].step) : unit + right
    this.#turn({ row: to, unit: Math.max(0, Math.min(near, counts[to] - 1)) })
  }

  // From pixels of the input to those of the screen, and back. It doesn't depend on which unit is seen.
  get #scale() {
    const [least, most] = this.result.extent
    return { least, unit: this.rows.clientWidth / (most - least + 1) }
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
    for (const [n, layers] of Object.values(PRESETS).entries()) {
      this.presets[n].ariaPressed = same(layers, this.state.layers)
    }
    this.#drawRows()
    this.list.draw(this.state.layers, this.result.table, this.result.counts)
  }

  #drawRows() {
    const { state } = this
    const seen = this.settle({ ...state, ...this.glanced })
    const result = this.glanced ? this.compute(seen) : this.result
    const { counts, positions: places } = result
    const below = result.below.map((pairs) => new Map(pairs))
    const above = result.above.map((units) => new Set(units))
    const bottom = counts.length * ROW
    const pen = penOf(this.canvas, this.rows.clientWidth, bottom + BARS + AXIS)
    const yOf = (level) => (counts.length - 1 - level) * ROW + ROW / 2
    const xOf = (level, unit) => this.#xOf(places[level].first + places[level].step * unit)
    const radius = Math.max(2, Math.min(7, this.#scale.unit * 0.32))
    const { row } = seen
    drawLines(pen, seen, result, xOf, yOf)
    for (let level = 0; level < counts.length; level += 1) {
      for (let unit = 0; unit < counts[level]; unit += 1) {
        const met = level <= row ? below[row - level]?.has(unit) : above[level - row]?.has(unit)
        const kind = level === row && met ? "--fig-2" : level < row ? "--fig-1" : "--fig-3"
        circle(pen, xOf(level, unit), yOf(level), radius, met ? colour(kind) : undefined)
      }
      write(pen, this.#named(level), yOf(level) - ROW / 2 + 9)
    }
    if (counts[state.row]) ring(pen, xOf(state.row, state.unit), yOf(state.row), radius + 3)
    this.#drawBox(pen, result, yOf(0), radius)
    this.#drawBars(pen, result, bottom)
    this.#drawAxis(pen, bottom + BARS)
    this.told.textContent = told(seen, result)
  }

  #named(level) {
    if (level === 0) return "input"
    const { counts, table } = this.result
    const { size, jump } = table[level - 1]
    const numbers = counts[level] ? `: r = ${size}, j = ${shown(jump)}` : ""
    return `layer ${level}, ${named(this.state.layers[level - 1])}${numbers}`
  }

  // From the first to the last pixel, holes and padding included.
  #drawBox(pen, { first, last, size }, y, radius) {
    if (!size) return
    const { unit } = this.#scale
    pen.strokeStyle = colour("--fig-2")
    pen.lineWidth = 2
    const height = 2 * radius + 10
    pen.strokeRect(this.#xOf(first - 0.5), y - height / 2, unit * (last - first + 1), height)
    pen.lineWidth = 1
  }

  #drawBars(pen, { below, mean, deviation, size }, y) {
    const weights = below.at(-1)
    if (!size) return
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

  // Every pixel's number, or every second, fourth …: as many as have room.
  #drawAxis(pen, y) {
    const every = 2 ** Math.max(0, Math.ceil(Math.log2(APART / this.#scale.unit)))
    pen.fillStyle = colour("--md-default-fg-color--light")
    pen.textAlign = "center"
    for (let pixel = 0; pixel < this.state.input_size; pixel += every) {
      pen.fillText(pixel, this.#xOf(pixel), y + AXIS - 4)
    }
    pen.textAlign = "start"
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
    return told(this.state, this.result)
  }
}

function drawLines(pen, { row, layers }, { below }, xOf, yOf) {
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

// On the lines, which end before it.
function write(pen, text, y) {
  pen.fillStyle = colour("--md-default-bg-color")
  pen.fillRect(0, y - 9, pen.measureText(text).width + 3, 12)
  pen.fillStyle = colour("--md-default-fg-color--light")
  pen.fillText(text, 0, y)
}

// The unit that is chosen, whichever is looked at.
function ring(pen, x, y, radius) {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.strokeStyle = colour("--fig-2")
  pen.stroke()
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

customElements.define("field-pyramid", FieldPyramid)
