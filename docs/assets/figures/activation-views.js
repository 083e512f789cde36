// What <activation-desk> draws: curves above their slopes, what comes out beside, and thirty layers.
// `chosen` are the functions that are shown: { name, n, colour }, n being the place.
import { at, density, flatPieces, piecesOf } from "./curves.js"
import { plotOf } from "./plot.js"
import { shown } from "./touch.js"

export const SIDE = 6 // curves are drawn from -6 to 6
export const BINS = { low: -2, high: 4, bins: 60 }
const SLOPE = "--fig-2"
const GREY = "--md-default-fg-color--light"
const HEIGHTS = { values: [-2, 4], slopes: [-0.6, 1.8] }
const MOST = 0.12 // of all numbers in one bin; longer bars are cut, and say how much they are
const BELL = 0.8 // the height of the inputs' bell on the axis
const LOWEST = -15 // powers of ten

export function drawCurves(canvases, state, result, chosen) {
  const height = Math.round(Math.min(250, canvases.values.clientWidth / 2)) // one for one is 45°
  const plots = {
    values: plotOf(canvases.values, height, [-SIDE, SIDE], HEIGHTS.values),
    slopes: plotOf(canvases.slopes, 100, [-SIDE, SIDE], HEIGHTS.slopes),
  }
  drawBell(plots.values, state)
  for (const [kind, plot] of Object.entries(plots)) {
    const [low, high] = HEIGHTS[kind]
    plot.axes(2, 1)
    plot.guide(GREY, [
      [state.x, low],
      [state.x, high],
    ])
    for (const each of chosen) drawCurve(plot, kind, each)
  }
  for (const { n, colour } of chosen) {
    const [x, y, slope] = [state.x, result.values[n], result.slopes[n]]
    plots.values.line(
      SLOPE,
      [-1, 1].map((step) => [x + step, y + step * slope]),
      4,
    )
    plots.values.guide(colour, [
      [x, y],
      [SIDE, y],
    ])
    const [low, high] = HEIGHTS.values
    if (low <= y && y <= high) plots.values.dot(colour, x, y)
    else plots.values.beyond(colour, x, y)
    plots.slopes.dot(SLOPE, x, slope)
  }
  plots.values.write("comes out", 0, HEIGHTS.values[1], { side: "right", down: 12 })
  plots.values.write("goes in", SIDE, HEIGHTS.values[0], { side: "right", down: -16 })
  plots.slopes.write("its slope", 0, HEIGHTS.slopes[1], { side: "right", down: 12, name: SLOPE })
  drawOut(plotOf(canvases.out, height, [0, MOST], HEIGHTS.values), result, chosen)
  const say = (words, of) => `${words}: ${chosen.map(of).join("; ")}`
  canvases.values.setAttribute("aria-label", say("What comes out", curveInWords))
  canvases.slopes.setAttribute("aria-label", say("The slopes", slopesInWords))
  canvases.out.setAttribute(
    "aria-label",
    say("How many of the inputs come out where", ({ name, n }) => outInWords(name, result.out[n])),
  )
}

// How the many inputs are spread, along the bottom.
function drawBell(plot, { mean, spread }) {
  const low = HEIGHTS.values[0]
  const xs = Array.from({ length: 241 }, (_, n) => n * 0.05 - SIDE)
  const bell = xs.map((x) => [x, low + (BELL * density((x - mean) / spread)) / density(0)])
  plot.area(GREY, [[-SIDE, low], ...bell, [SIDE, low]])
  const [side, sign] = mean < 0 ? ["left", 1] : ["right", -1]
  plot.write("many inputs", mean + sign * 1.2 * spread, low + BELL / 2, { side, down: -8 })
}

// Where it jumps it is broken, and only one end belongs to it.
function drawCurve(plot, kind, { name, colour }) {
  const pieces = piecesOf(name, kind, -SIDE, SIDE)
  for (const piece of pieces) plot.line(colour, piece, 2)
  for (const [n, piece] of pieces.entries()) {
    if (n === 0) continue
    const [x, after] = piece[0]
    const before = pieces[n - 1].at(-1)[1]
    plot.hole(colour, x, at(name, kind, x) === after ? before : after)
  }
}

// On the same heights as the curve: how many numbers come out there.
function drawOut(plot, result, chosen) {
  plot.axes(0, 1)
  const { low, high, bins } = BINS
  const width = (high - low) / bins
  const written = {} // how many shares at a height: each goes above those before
  for (const { n, colour } of chosen) {
    const { histogram, atoms } = result.out[n]
    const steps = histogram.flatMap((share, bin) => [
      [share, low + bin * width],
      [share, low + (bin + 1) * width],
    ])
    plot.line(colour, steps, 1.5)
    for (const [value, share] of atoms) {
      const end = Math.min(share, MOST)
      plot.line(
        colour,
        [
          [0, value],
          [end, value],
        ],
        4,
      )
      if (share < 0.005) continue
      written[value] = (written[value] ?? -1) + 1
      const side = share > MOST / 2 ? "right" : "left"
      plot.write(percent(share), end, value, { name: colour, side, down: -5 - 12 * written[value] })
    }
    const y = result.values[n]
    plot.guide(colour, [
      [0, y],
      [MOST, y],
    ])
  }
  plot.write("how many", MOST, HEIGHTS.values[1], { side: "right", down: 12 })
}

export function drawDepth(canvases, result, chosen) {
  const sizes = result.deep.flatMap((each) => (each ? [...each.forward, ...each.backward] : []))
  const powers = [-1, ...sizes.map(Math.log10), 1]
  const bounds = [Math.max(LOWEST, Math.min(...powers) - 1), Math.max(...powers) + 1]
  for (const [name, canvas] of Object.entries(canvases)) {
    const logs = name !== "cosine"
    const plot = plotOf(canvas, 130, [0, 30], logs ? bounds : [-1.15, 1.15])
    plot.axes(10, logs ? (bounds[1] - bounds[0] > 9 ? 5 : 1) : 1)
    const ends = []
    for (const { n, name: of, colour } of chosen) {
      const values = result.deep[n]?.[name]
      if (!values) continue
      plot.line(
        colour,
        values.map((value, layer) => [layer, logs ? Math.log10(value) : value]),
        2,
      )
      ends.push(`${of} goes from ${size(values[0])} to ${size(values.at(-1))}`)
    }
    const along = name === "backward" ? "layers back" : "layers"
    plot.write(along, 30, logs ? bounds[0] : -1.15, { side: "right", down: -16 })
    canvas.setAttribute("aria-label", ends.join("; ") || "nothing yet")
  }
}

// In words, for who doesn't see them

function curveInWords({ name }) {
  const ends = [-SIDE, 0, SIDE].map((x) => `${shown(at(name, "values", x))} at ${shown(x)}`)
  const flat = flatPieces(name, -SIDE, SIDE)
    .filter(([from, to]) => to - from > 0.1)
    .map(([from, to]) => `from ${shown(from, 1)} to ${shown(to, 1)}`)
  return `${name} is ${ends.join(", ")}, ${flat.length ? `nearly flat ${flat.join(" and ")}` : "nowhere flat"}`
}

const slopesInWords = ({ name }) =>
  `${name} has ${[-SIDE, -1, 1, SIDE].map((x) => `${shown(at(name, "slopes", x))} at ${shown(x)}`).join(", ")}`

function outInWords(name, { atoms, mean }) {
  const lumps = atoms
    .filter(([, share]) => share > 0.005)
    .map(([value, share]) => `${percent(share)} at ${shown(value)}, `)
  return `${name}, ${lumps.join("")}their mean ${shown(mean)}`
}

export const percent = (share) => `${shown(100 * share, 0)} %`

// A size of any magnitude, to two digits.
export function size(value) {
  if (0.001 <= Math.abs(value) && Math.abs(value) < 1000)
    return shown(Number(value.toPrecision(2)), 4)
  const [digits, power] = value.toExponential(1).split("e")
  const raised = [...String(Number(power))].map(
    (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)],
  )
  return `${digits} · 10${raised.join("")}`
}
