// A layer as a matrix, drawn as a table of coloured squares: a row an output, a column an input.
import { colour, element } from "./touch.js"

const CELL = 8 // pixels of the canvas, which is stretched to its place

export class Matrix {
  // `point(row, column)` is called for the entry that is pointed at.
  constructor(point) {
    this.canvas = element("canvas", { role: "img" })
    const caption = element(
      "figcaption",
      {},
      "The matrix: a row an output, a column an input pixel",
    )
    this.element = element("figure", {}, caption, this.canvas)
    for (const sign of ["pointermove", "pointerdown"]) {
      this.canvas.addEventListener(sign, ({ offsetX, offsetY }) => {
        const { clientWidth, clientHeight } = this.canvas
        const at = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)))
        const [rows, columns] = this.shape
        if (rows) point(at(offsetY / clientHeight, rows), at(offsetX / clientWidth, columns))
      })
    }
  }

  draw(matrix, columns, row, column) {
    const { canvas } = this
    const pen = canvas.getContext("2d")
    const rows = matrix.length
    this.shape = [rows, columns]
    canvas.width = columns * CELL
    canvas.height = Math.max(rows, 1) * CELL
    canvas.ariaLabel = `A matrix of ${rows} rows, one an output, and ${columns} columns, one an input`
    pen.fillStyle = colour("--fig-grid")
    pen.fillRect(0, row * CELL, canvas.width, CELL)
    pen.fillRect(column * CELL, 0, CELL, canvas.height)
    const largest = Math.max(...matrix.flat().map(Math.abs))
    matrix.forEach((weights, n) => {
      weights.forEach((weight, m) => {
        if (weight === 0) return
        pen.globalAlpha = 0.35 + (0.65 * Math.abs(weight)) / largest
        pen.fillStyle = colour(weight < 0 ? "--fig-negative" : "--fig-positive")
        pen.fillRect(m * CELL + 1, n * CELL + 1, CELL - 2, CELL - 2)
      })
    })
    pen.globalAlpha = 1
  }
}
