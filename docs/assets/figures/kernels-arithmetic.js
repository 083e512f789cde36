// What the desk for kernels computes: pure functions. A picture is { width, height, pixels }, row by
// row, black 0 and white 1; a kernel is an array of rows.

export const square = (size, cell) =>
  Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, col) => cell(row, col)))

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

// Which row (or column) stands at `n` beyond the border: mirrored, the last one not repeated.
const mirrored = (n, size) => (n < 0 ? -n : n < size ? n : 2 * (size - 1) - n)

// What filter2d makes of a picture: each window times the weights, added up.
export function filtered({ width, height, pixels }, kernel) {
  const reach = (kernel.length - 1) / 2
  const answer = new Float64Array(width * height)
  for (let row = 0; row < height; row += 1) {
    const into = answer.subarray(row * width, (row + 1) * width)
    kernel.forEach((weights, u) => {
      const start = mirrored(row + u - reach, height) * width
      const from = pixels.subarray(start, start + width)
      weights.forEach((weight, v) => {
        if (weight !== 0) addShifted(into, from, weight, v - reach)
      })
    })
  }
  return answer
}

function addShifted(into, from, weight, shift) {
  const width = from.length
  const first = Math.max(0, -shift)
  const last = Math.min(width, width - shift)
  for (let n = 0; n < first; n += 1) into[n] += weight * from[mirrored(n + shift, width)]
  for (let n = first; n < last; n += 1) into[n] += weight * from[n + shift]
  for (let n = last; n < width; n += 1) into[n] += weight * from[mirrored(n + shift, width)]
}

export function windowAt({ width, height, pixels }, size, [row, column]) {
  const reach = (size - 1) / 2
  return square(
    size,
    (u, v) =>
      pixels[mirrored(row + u - reach, height) * width + mirrored(column + v - reach, width)],
  )
}

export const times = (one, other) => one.map((row, u) => row.map((value, v) => value * other[u][v]))

export const total = (table) => sum(table.map(sum))

export const largest = (rows) => Math.max(...rows.flat().map(Math.abs))

// "even" if turning by 180° changes nothing, "odd" if it changes all signs.
export function symmetry(kernel) {
  const flat = kernel.flat()
  const turned = flat.toReversed()
  const near = 1e-9 * largest(kernel)
  if (flat.every((w, n) => Math.abs(w - turned[n]) <= near)) return "even"
  return flat.every((w, n) => Math.abs(w + turned[n]) <= near) ? "odd" : "neither"
}

// How many products of a column and a row it takes, each through the largest weight that is left.
export function rank(kernel) {
  const noise = largest(kernel) * kernel.length * 2 ** -50
  let left = kernel
  let count = 0
  for (; largest(left) > noise; count += 1) {
    const across = left.find((row) => largest([row]) === largest(left))
    const column = across.findIndex((weight) => Math.abs(weight) === largest(left))
    const down = left.map((row) => row[column] / across[column])
    left = left.map((row, u) => row.map((weight, v) => weight - down[u] * across[v]))
  }
  return count
}

// What becomes of a wave of so many cycles a pixel down and across: its height, times this.
function gainAt(kernel, down, across) {
  let [real, imaginary] = [0, 0]
  kernel.forEach((weights, u) => {
    weights.forEach((weight, v) => {
      const phase = 2 * Math.PI * (down * u + across * v)
      real += weight * Math.cos(phase)
      imaginary += weight * Math.sin(phase)
    })
  })
  return Math.hypot(real, imaginary)
}

const WAVES = Array.from({ length: 32 }, (_, n) => n / 32 - 0.5)

// Over the plane, waves that stand still in the middle, and along both axes from there.
export function gain(kernel) {
  const plane = WAVES.map((down) => WAVES.map((across) => gainAt(kernel, down, across)))
  const outwards = (values) => values.slice(0, 17).reverse() // one pixel up, one down, at the end
  return { plane, across: outwards(plane[16]), down: outwards(plane.map((row) => row[16])) }
}

// What the kernel makes of patterns, in the middle of each.
export function answers(kernel) {
  const reach = (kernel.length - 1) / 2
  const to = (pattern) => total(times(kernel, square(kernel.length, pattern)))
  return {
    constant: to(() => 1),
    right: to((_, v) => v - reach),
    below: to((u) => u - reach),
    bright: to((u, v) => 1 - ((u + v) % 2)),
  }
}

// How answers are shown: with their signs where the weights (almost) cancel, else as brightness.
export function scaleOf(kernel, answer, magnitude) {
  const size = total(kernel.map((row) => row.map(Math.abs)))
  const most = answer.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const signed = total(kernel) <= size / 20
  const kind = magnitude ? "magnitude" : signed ? "signs" : "grey"
  return { kind, reach: signed ? most / 2 || 1 : 1 } // most edges are faint beside the strongest
}

// Learning

const EVERY = 2 // rows and columns: these windows are the examples
const MOMENTUM = 0.9

// The mean product of each two pixels of a window, over all windows that lie inside the picture.
export function moments({ width, height, pixels }, size) {
  const places = square(size, (u, v) => u * width + v).flat()
  const sums = places.map(() => new Float64Array(places.length))
  const window = new Float64Array(places.length)
  let count = 0
  for (let row = 0; row <= height - size; row += EVERY) {
    for (let column = 0; column <= width - size; column += EVERY) {
      for (let i = 0; i < window.length; i += 1) {
        window[i] = pixels[row * width + column + places[i]]
        for (let j = 0; j <= i; j += 1) sums[i][j] += window[i] * window[j]
      }
      count += 1
    }
  }
  return sums.map((row, i) => Float64Array.from(row, (_, j) => (sums[i][j] || sums[j][i]) / count))
}

// Descent with momentum on the mean squared difference of the answers: a bowl of this shape.
export function descended(start, target, steps, mean) {
  const goal = target.flat()
  const rate = 1 / sum(goal.map((_, n) => mean[n][n]))
  const off = Float64Array.from(start.flat(), (weight, n) => weight - goal[n])
  const velocity = off.map(() => 0)
  const slope = off.map(() => 0)
  const losses = []
  for (let step = 0; ; step += 1) {
    let loss = 0
    for (let n = 0; n < off.length; n += 1) {
      slope[n] = 0
      for (let m = 0; m < off.length; m += 1) slope[n] += 2 * mean[n][m] * off[m]
      loss += (off[n] * slope[n]) / 2
    }
    losses.push(loss)
    if (step === steps) break
    for (let n = 0; n < off.length; n += 1) {
      velocity[n] = MOMENTUM * velocity[n] - rate * slope[n]
      off[n] += velocity[n]
    }
  }
  const size = start.length
  return { kernel: square(size, (u, v) => goal[u * size + v] + off[u * size + v]), losses }
}
