// A grid of numbers that can be pointed at: by mouse and finger, and by arrow keys from one tab stop.
import { stepOf } from "./keys.js"
import { element } from "./touch.js"

export class Grid {
  // `point(row, column)` is called for the cell that is turned to.
  constructor(id, label, point) {
    this.id = id
    this.point = point
    this.shape = [0, 0]
    this.element = element("div", {
      class: "numbers",
      role: "grid",
      tabindex: 0,
      "aria-label": label,
    })
    for (const sign of ["pointerdown", "pointermove"]) {
      this.element.addEventListener(sign, (event) => this.#pointed(event))
    }
    this.element.addEventListener("keydown", (event) => this.#key(event))
  }

  // `look(row, column)` says what a cell shows: { text, note, class, name, fill }; `fill`, from 0
  // to 1, is how much of its class's colour.
  draw(rows, columns, look, place) {
    if (this.shape.join() !== `${rows},${columns}`) this.#make(rows, columns)
    this.place = place
    this.cells.forEach((line, row) => {
      line.forEach((cell, column) => {
        const { text, note = "", name, fill = 0, ...seen } = look(row, column)
        if (cell.firstChild.data !== text) cell.firstChild.data = text
        if (cell.dataset.note !== note) cell.dataset.note = note
        const className = `cell ${seen.class ?? ""}`
        if (cell.className !== className) cell.className = className
        cell.style.setProperty("--fill", fill)
        if (cell.ariaLabel !== (name ?? null)) cell.ariaLabel = name ?? null
      })
    })
    const active = place && this.cells[place[0]]?.[place[1]]
    if (active) this.element.setAttribute("aria-activedescendant", active.id)
    else this.element.removeAttribute("aria-activedescendant")
  }

  #make(rows, columns) {
    this.shape = [rows, columns]
    this.element.style.setProperty("--columns", columns)
    this.cells = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) =>
        element("div", { role: "gridcell", id: `${this.id}-${row}-${column}` }, " "),
      ),
    )
    const lines = this.cells.map((line) => element("div", { role: "row" }, ...line))
    this.element.replaceChildren(...lines)
  }

  #pointed({ type, pointerType, pointerId, target, clientX, clientY }) {
    // A finger that moves stays with the cell that it touched first, unless it is told otherwise.
    if (type === "pointerdown" && target.hasPointerCapture(pointerId)) {
      target.releasePointerCapture(pointerId)
    }
    const under = pointerType === "mouse" ? target : document.elementFromPoint(clientX, clientY)
    const cell = under?.closest?.(".cell")
    if (cell && this.element.contains(cell)) this.#turn(cell.id.split("-").slice(-2).map(Number))
  }

  #key(event) {
    const step = stepOf(event)
    if (!step) return
    const [row, column] = this.place ?? [0, 0]
    this.#turn([row + step[0], column + step[1]])
  }

  #turn([row, column]) {
    const [rows, columns] = this.shape
    if (rows * columns === 0) return
    const place = [Math.max(0, Math.min(row, rows - 1)), Math.max(0, Math.min(column, columns - 1))]
    if (this.place?.join() === place.join()) return
    this.place = place // before it is drawn, since keys come faster
    this.point(...place)
  }
}
