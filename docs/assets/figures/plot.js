// A canvas with a scale: [left, right] and [bottom, top] of what is drawn.
import { colour, penOf, shown } from "./touch.js"

const AXIS = "--md-default-fg-color--light"

export function plotOf(canvas, height, [left, right], [bottom, top]) {
  const width = canvas.clientWidth
  const pen = penOf(canvas, width, height)
  const xOf = (x) => ((x - left) / (right - left)) * width
  const yOf = (y) => height - ((y - bottom) / (top - bottom)) * height
  const line = (name, points, thickness = 1) => {
    pen.strokeStyle = colour(name)
    pen.lineWidth = thickness
    pen.beginPath()
    for (const [x, y] of points) pen.lineTo(xOf(x), yOf(y))
    pen.stroke()
  }
  const circle = (x, y) => {
    pen.beginPath()
    pen.arc(xOf(x), yOf(y), 5, 0, 2 * Math.PI)
  }
  const dashed = (draw) => {
    pen.setLineDash([3, 3])
    draw()
    pen.setLineDash([])
  }
  return {
    line,
    // Lines and numbers at every `across` and `up`; beside another view, `across` 0: no numbers.
    axes(across, up) {
      pen.fillStyle = colour(AXIS)
      for (let x = Math.ceil(left / across) * across; across && x <= right; x += across) {
        this.upright(x, "--fig-grid")
        if (x > left && x < right) pen.fillText(shown(x), xOf(x) + 2, height - 2)
      }
      for (let y = Math.ceil(bottom / up) * up; y < top; y += up) {
        this.level(y, "--fig-grid")
        // The lowest row is that of the numbers across.
        if (across && y && height - yOf(y) > 14) pen.fillText(shown(y), 2, yOf(y) - 2)
      }
      this.level(0, AXIS)
      if (across) this.upright(0, AXIS)
    },
    upright: (x, name = AXIS) =>
      line(name, [
        [x, bottom],
        [x, top],
      ]),
    level: (y, name = AXIS) =>
      line(name, [
        [left, y],
        [right, y],
      ]),
    // Leads from one view to the next.
    guide: (name, points) => dashed(() => line(name, points)),
    area(name, points) {
      pen.fillStyle = colour(name)
      pen.globalAlpha = 0.25
      pen.beginPath()
      for (const [x, y] of points) pen.lineTo(xOf(x), yOf(y))
      pen.fill()
      pen.globalAlpha = 1
    },
    dot(name, x, y) {
      pen.fillStyle = colour(name)
      circle(x, y)
      pen.fill()
    },
    // The way to a dot that is higher or lower than what is drawn.
    beyond(name, x, y) {
      const [tip, end] = y > top ? [2, 12] : [height - 2, height - 12]
      pen.fillStyle = colour(name)
      pen.beginPath()
      for (const [dx, at] of [
        [0, tip],
        [6, end],
        [-6, end],
      ])
        pen.lineTo(xOf(x) + dx, at)
      pen.fill()
    },
    // Where a piece ends without its end.
    hole(name, x, y) {
      pen.fillStyle = colour("--md-default-bg-color")
      pen.strokeStyle = colour(name)
      pen.lineWidth = 2
      circle(x, y)
      pen.fill()
      pen.stroke()
    },
    // `side`: which side of the words is at x.
    write(words, x, y, { name = AXIS, side = "left", down = 0 } = {}) {
      pen.fillStyle = colour(name)
      pen.textAlign = side
      const place = [xOf(x) + (side === "left" ? 4 : -4), yOf(y) + down]
      pen.strokeStyle = colour("--md-default-bg-color") // lines end before the words
      pen.lineWidth = 3
      pen.strokeText(words, ...place)
      pen.fillText(words, ...place)
      pen.textAlign = "left"
    },
  }
}
