// A window on a grid of numbers: what stands under it, what comes out, and the same as a matrix.

// Which row (or column) of the input stands at `n`, which may lie outside; -1 for a zero.
export function source(n, size, border) {
  if (n >= 0 && n < size) return n
  if (border === "zeros") return -1
  if (border === "replicate") return n < 0 ? 0 : size - 1
  if (border === "circular") return (n + size) % size
  return n < 0 ? -n : 2 * (size - 1) - n
}

export const span = ({ kernel_size, dilation }) => dilation * (kernel_size - 1) + 1

export function outputSize(size, state) {
  return Math.max(0, Math.floor((size + 2 * state.padding - span(state)) / state.stride) + 1)
}

// The taps of one output: for each weight, the position it lies on, and what stands there.
export function taps(image, kernel, state, [row, column]) {
  const { stride, padding, dilation, padding_mode } = state
  const size = image.length
  return kernel.flatMap((weights, u) =>
    weights.map((weight, v) => {
      const i = stride * row - padding + dilation * u
      const j = stride * column - padding + dilation * v
      const from = [source(i, size, padding_mode), source(j, size, padding_mode)]
      const value = from.includes(-1) ? 0 : image[from[0]][from[1]]
      return { place: [i, j], from, value, weight, product: value * weight }
    }),
  )
}

export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

export function presetKernel(preset, size) {
  const middle = (size - 1) / 2
  const cell = {
    edge: (_, v) => Math.sign(v - middle),
    blur: () => 1 / size ** 2,
    impulse: (u, v) => (u === Math.floor(middle) && v === Math.floor(middle) ? 1 : 0),
    random: () => below(7) - 3,
  }[preset]
  return square(size, cell)
}

// A bright shape on a dark ground, for kernels to find: half of it, a corner, or a dot.
export function picture(size) {
  const [row, column] = [1 + below(size - 1), 1 + below(size - 1)]
  const shapes = [
    (i) => i >= row,
    (_, j) => j >= column,
    (i, j) => i >= row && j >= column,
    (i, j) => i === row && j === column,
  ]
  const shape = shapes[below(shapes.length)]
  return square(size, (i, j) => (shape(i, j) ? 7 : 1) + below(2))
}

const below = (count) => Math.floor(Math.random() * count)

export const square = (size, cell) =>
  Array.from({ length: size }, (_, u) => Array.from({ length: size }, (_, v) => cell(u, v)))

export const flipped = (kernel) => kernel.map((row) => row.toReversed()).toReversed()

// The weights of one output over all pixels: a row of the matrix.
export function rowOf(window, size) {
  const row = new Array(size ** 2).fill(0)
  for (const { from, weight } of window) {
    if (!from.includes(-1)) row[from[0] * size + from[1]] += weight
  }
  return row
}
