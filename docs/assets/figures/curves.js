// Curves on a grid, as the package computed them at build, and what they make of a normal input.

const CURVES = await (await fetch(new URL("curves.json", import.meta.url))).json()
const REACH = 12
const STEP = 0.05
export const NAMES = Object.keys(CURVES)
export const FLAT = 0.01 // a slope that is nearer to 0 teaches next to nothing

// `kind`: "values" or "slopes"; straight between the points of the grid.
export function at(name, kind, x) {
  const points = CURVES[name][kind]
  const place = Math.max(0, Math.min(points.length - 1, (x + REACH) / STEP))
  const before = Math.min(Math.floor(place + 1e-9), points.length - 2)
  const share = Math.max(0, place - before)
  return points[before] * (1 - share) + points[before + 1] * share
}

// What comes out for normal numbers of a mean and a spread: the shares of zeros and of flat slopes,
// mean, mean square, and a histogram of `bins` from `low` to `high`.
export function through(name, { mean, spread }, { low, high, bins }) {
  const { values, slopes } = CURVES[name]
  const out = { zeros: 0, flat: 0, mean: 0, mean_square: 0, histogram: new Array(bins).fill(0) }
  const width = (high - low) / bins
  for (let n = 0; n + 1 < values.length; n += 1) {
    const x = n * STEP - REACH
    const share = below((x + STEP - mean) / spread) - below((x - mean) / spread)
    const [a, b] = [values[n], values[n + 1]]
    if (a === 0 && b === 0) out.zeros += share
    if (Math.abs(slopes[n]) < FLAT && Math.abs(slopes[n + 1]) < FLAT) out.flat += share
    out.mean += (share * (a + b)) / 2
    out.mean_square += (share * (a * a + a * b + b * b)) / 3 // of a straight piece
    spreadOver(out.histogram, share, (Math.min(a, b) - low) / width, Math.abs(a - b) / width)
  }
  return out
}

// Puts a share into the bins that it covers evenly: from `first`, `extent` bins wide.
function spreadOver(histogram, share, first, extent) {
  if (extent < 1e-9) {
    const bin = Math.floor(first + 1e-9)
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
export const GAINS = ["0.5", "1", "√2", "1.6", "2"]
export const DEEP = ["relu", "leaky_relu", "gelu", "tanh", "sigmoid", "identity"]
let depths

export async function fetchDepths() {
  depths ??= (await fetch(new URL("depth.json", import.meta.url))).json()
  return depths
}

export const keyOf = (name, { gain, residual, normalised }) =>
  `${name} ${gain} ${Number(residual)} ${Number(normalised)}`
