// How much each pixel counts for a unit of a known network, if every layer averages and the branches
// of a block count the same. Rows and columns are alike, and so are both sides of the middle.

// Of the last of these layers: `rows` times as many `columns` of weights, with sum 1.
export function influence(layers) {
  let field = { rows: 1, columns: 1, weights: Float64Array.of(1) }
  for (const { branches } of layers.toReversed()) {
    field = mean(branches.map((branch) => branch.reduceRight(carried, field)))
  }
  return field
}

const carried = (field, layer) => carriedDown(carriedDown(field, layer), layer)

// Each unit hands equal shares of its weight to what it reads above and below; then rows become
// columns, so that the second time goes across.
function carriedDown({ rows, columns, weights }, [kernel, stride]) {
  const long = (rows - 1) * stride + kernel
  const shares = new Float64Array(columns * long)
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const share = weights[row * columns + column] / kernel
      const first = column * long + row * stride
      for (let tap = 0; tap < kernel; tap += 1) shares[first + tap] += share
    }
  }
  return { rows: columns, columns: long, weights: shares }
}

// All have the same middle.
function mean(fields) {
  const side = Math.max(...fields.map(({ rows }) => rows))
  const weights = new Float64Array(side * side)
  for (const { rows, weights: own } of fields) {
    const edge = (side - rows) / 2
    own.forEach((weight, n) => {
      const row = Math.floor(n / rows) + edge
      weights[row * side + (n % rows) + edge] += weight / fields.length
    })
  }
  return { rows: side, columns: side, weights }
}
