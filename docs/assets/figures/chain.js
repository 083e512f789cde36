// A chain of layers on one axis: how many units each row has, what each unit reads, and what follows.

// What a unit reads of the row below, borders or not.
export function reads({ kernel_size, stride, padding, dilation, transposed }, unit) {
  const taps = Array.from({ length: kernel_size }, (_, u) => dilation * u)
  if (!transposed) return taps.map((tap) => stride * unit - padding + tap)
  const met = taps.map((tap) => unit + padding - tap).filter((n) => n % stride === 0)
  return met.map((n) => n / stride).toReversed()
}

// How many units each row has, the input first.
export function unitCounts(layers, size) {
  const counts = [size]
  for (const { kernel_size, stride, padding, dilation, transposed } of layers) {
    const below = counts.at(-1)
    const span = dilation * (kernel_size - 1) + 1
    const count = transposed
      ? below && (below - 1) * stride - 2 * padding + span
      : Math.floor((below + 2 * padding - span) / stride) + 1
    counts.push(below ? Math.max(0, count) : 0)
  }
  return counts
}

// Where the units of each row stand, in pixels of the input: in the middle of what they see.
export function positions(layers, counts) {
  const rows = [{ first: 0, step: 1 }]
  for (const { kernel_size, stride, padding, dilation, transposed } of layers) {
    const { first, step } = rows.at(-1)
    const shift = (dilation * (kernel_size - 1)) / 2 - padding
    rows.push(
      transposed
        ? { first: first - (shift * step) / stride, step: step / stride }
        : { first: first + shift * step, step: step * stride },
    )
  }
  return rows.map((row, n) => ({ ...row, last: row.first + row.step * Math.max(0, counts[n] - 1) }))
}

// The weights with which the units of every row below reach one unit, if each unit averages what it
// reads; what lies outside a row is zero and reaches nothing, unless no `counts` say where it ends.
export function carry(layers, unit, counts) {
  const rows = [new Map([[unit, 1]])]
  for (const [n, layer] of [...layers.entries()].toReversed()) {
    const below = new Map()
    for (const [each, weight] of rows.at(-1)) {
      const read = reads(layer, each)
      for (const place of read) {
        if (counts && (place < 0 || place >= counts[n])) continue
        below.set(place, (below.get(place) ?? 0) + weight / read.length)
      }
    }
    rows.push(below)
  }
  return rows
}

// The units of every row above that one unit reaches.
export function carryUp(layers, unit, counts) {
  const rows = [new Set([unit])]
  layers.forEach((layer, n) => {
    const above = new Set()
    for (let each = 0; each < counts[n + 1]; each += 1) {
      if (reads(layer, each).some((place) => rows[n].has(place))) above.add(each)
    }
    rows.push(above)
  })
  return rows
}

// The field of one unit without borders: its ends, its size, and the jump to its neighbour's; mean
// and standard deviation of the weights in it. `null` ends see nothing.
export function fieldOf(layers, unit) {
  const jump = layers.reduce(
    (j, { stride, transposed }) => (transposed ? j / stride : j * stride),
    1,
  )
  if (layers.some((layer) => layer.transposed)) return { jump, ...walked(layers, unit) }
  let [size, start, step, variance] = [1, 0, 1, 0]
  for (const { kernel_size, stride, padding, dilation } of layers) {
    const reach = dilation * (kernel_size - 1)
    size += reach * step
    start += (reach / 2 - padding) * step
    variance += ((dilation * step) ** 2 * (kernel_size ** 2 - 1)) / 12
    step *= stride
  }
  const mean = start + jump * unit
  const [first, last] = [mean - (size - 1) / 2, mean + (size - 1) / 2]
  return { jump, size, first, last, mean, deviation: Math.sqrt(variance) }
}

// The same, unit by unit: what a transposed layer reads differs from one unit to the next.
function walked(layers, unit) {
  const weights = [...carry(layers, unit).at(-1)]
  if (!weights.length) return { size: 0, first: null, last: null, mean: null, deviation: null }
  const places = weights.map(([place]) => place)
  const [first, last] = [Math.min(...places), Math.max(...places)]
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  const mean = weights.reduce((sum, [place, weight]) => sum + place * weight, 0) / total
  const variance = weights.reduce((sum, [p, weight]) => sum + (p - mean) ** 2 * weight, 0) / total
  return { size: last - first + 1, first, last, mean, deviation: Math.sqrt(variance) }
}

// From the first to the last pixel that any unit's field or place has, padding included.
export function extentOf(layers, counts) {
  const ends = [0, counts[0] - 1]
  for (const [n, { first, last }] of positions(layers, counts).entries()) {
    if (!counts[n]) break
    const fields = [0, counts[n] - 1].map((unit) => fieldOf(layers.slice(0, n), unit))
    ends.push(first, last, ...fields.flatMap((field) => [field.first, field.last]))
  }
  return [Math.min(...ends), Math.max(...ends)]
}
