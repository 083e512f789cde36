// Curves as the package computed them at build, and what they make of normal inputs.

const CURVES = await (await fetch(new URL("curves.json", import.meta.url))).json()
const REACH = 15
export const STEP = 0.05
const PARTS = 5 // of each cell, for sums over inputs
export const NAMES = Object.keys(CURVES)
export const FLAT = 0.01 // a slope that is nearer to 0 teaches next to nothing

// Between two points of the grid is a cell: its ends' values and slopes as seen from inside, since a
// kink or a jump is at a point.
const CELLS = Object.fromEntries(
  Object.entries(CURVES).map(([name, { values, slopes, kinks }]) => {
    const cells = values.slice(1).map((_, n) => ({
      values: [values[n], values[n + 1]],
      slopes: [slopes[n], slopes[n + 1]],
    }))
    for (const [x, left, right, before, after] of kinks) {
      const n = Math.round((x + REACH) / STEP)
      cells[n - 1].values[1] = left
      cells[n - 1].slopes[1] = before
      cells[n].values[0] = right
      cells[n].slopes[0] = after
    }
    return [name, cells]
  }),
)

// A cubic with the cell's values and slopes at both ends, where `t` goes from 0 to 1.
function inside({ values: [a, b], slopes: [p, q] }, t) {
  const s = 1 - t
  return a * s * s * (1 + 2 * t) + b * t * t * (3 - 2 * t) + STEP * s * t * (p * s - q * t)
}

const mixed = ([a, b], t) => a * (1 - t) + b * t

// At a point of the grid. `kind`: "values" or "slopes".
export const at = (name, kind, x) => CURVES[name][kind][Math.round((x + REACH) / STEP)]

// The curve from `left` to `right` in pieces without jumps, each a list of points.
export function piecesOf(name, kind, left, right) {
  const pieces = []
  let end
  for (let n = Math.round((left + REACH) / STEP); n < Math.round((right + REACH) / STEP); n += 1) {
    const [a, b] = CELLS[name][n][kind]
    const x = n * STEP - REACH
    if (a !== end) pieces.push([[x, a]])
    pieces.at(-1).push([x + STEP, b])
    end = b
  }
  return pieces
}

// Where it is nearly flat between `left` and `right`: [from, to] pairs.
export function flatPieces(name, left, right) {
  const found = []
  for (const [n, { slopes }] of CELLS[name].entries()) {
    const x = n * STEP - REACH
    const [from, to] = flatPart(slopes).map((t) => x + t * STEP)
    if (from >= to || x < left - 1e-9 || x + STEP > right + 1e-9) continue
    if (found.length && from - found.at(-1)[1] < 1e-9) found.at(-1)[1] = to
    else found.push([from, to])
  }
  return found
}

// The part of a cell, from 0 to 1, whose slopes are within FLAT of 0; the slope goes straight.
function flatPart([p, q]) {
  if (p === q) return Math.abs(p) < FLAT ? [0, 1] : [0, 0]
  const [from, to] = [-FLAT, FLAT].map((slope) => (slope - p) / (q - p)).sort((a, b) => a - b)
  return [Math.max(0, from), Math.max(0, Math.min(1, to))]
}

// What comes out for normal inputs: the shares that become 0 and that meet a nearly flat slope, mean
// and mean square, `atoms`, pairs of a value that a flat piece makes and its share, and of all others a
// histogram.
export function through(name, { mean, spread }, { low, high, bins }) {
  const out = { zeros: 0, flat: 0, mean: 0, mean_square: 0, atoms: [] }
  const atoms = new Map()
  out.histogram = new Array(bins).fill(0)
  const width = (high - low) / bins
  for (const [n, cell] of CELLS[name].entries()) {
    const z = (t) => ((n + t) * STEP - REACH - mean) / spread
    const share = (from, to) => (from < to ? below(z(to)) - below(z(from)) : 0)
    out.flat += share(...flatPart(cell.slopes))
    const [a, b] = cell.values
    if (a === b && !cell.slopes.some(Boolean)) {
      const whole = share(0, 1)
      atoms.set(a, (atoms.get(a) ?? 0) + whole)
      out.mean += whole * a
      out.mean_square += whole * a * a
      continue
    }
    for (let part = 0; part < PARTS; part += 1) {
      const t = (part + 0.5) / PARTS
      const weight = (density(z(t)) * STEP) / PARTS / spread
      const y = inside(cell, t)
      out.mean += weight * y
      out.mean_square += weight * y * y
      const extent = (Math.abs(mixed(cell.slopes, t)) * STEP) / PARTS
      spreadOver(out.histogram, weight, (y - extent / 2 - low) / width, extent / width)
    }
  }
  out.atoms = [...atoms]
  out.zeros = atoms.get(0) ?? 0
  return out
}

// Puts a share into the bins that it covers evenly: from `first`, `extent` bins wide.
function spreadOver(histogram, share, first, extent) {
  if (extent < 1e-9) {
    const bin = Math.floor(first)
    if (bin in histogram) histogram[bin] += share
    return
  }
  for (
    let bin = Math.max(0, Math.floor(first));
    bin < Math.min(histogram.length, first + extent);
    bin += 1
  ) {
    const covered = Math.min(bin + 1, first + extent) - Math.max(bin, first)
    histogram[bin] += (share * covered) / extent
  }
}

export const density = (z) => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)

// The share of standard normal numbers below z; Abramowitz and Stegun, 7.1.26, to 2e-7.
function below(z) {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2)
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const tail = (series * Math.exp(-(z * z) / 2)) / 2
  return z < 0 ? tail : 1 - tail
}

// What thirty layers make of numbers, layer by layer, for the settings that the build went through.
export const GAINS = ["own", "0.5", "1", "√2", "1.6", "2"]
export const DEEP = ["relu", "sigmoid", "tanh", "gelu", "identity", "leaky_relu"]
let depths

export async function fetchDepths() {
  depths ??= (await fetch(new URL("depth.json", import.meta.url))).json()
  return depths
}

export const keyOf = (name, { gain, residual, normalised }) =>
  `${name} ${gain} ${Number(residual)} ${Number(normalised)}`
