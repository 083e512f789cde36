// How much each pixel counts for a unit of a known network, if every layer averages and the branches
// of a block count the same. Rows and columns are alike, and so are both sides of the middle.

// The branches of a block, in lists of kernels and strides. What isn't named here is one layer.
const BLOCKS = [
  [
    /^resnet\(18\) layer/,
    (stride) => [
      [[1, stride]],
      [
        [3, stride],
        [3, 1],
      ],
    ],
  ],
  [/^resnet\(50\) layer/, (stride) => [[[1, stride]], [[3, stride]]]],
  [/^googlenet\(\) \d[a-e]$/, () => [[[1, 1]], [[3, 1]], [[5, 1]], [[3, 1]]]],
]

function branchesOf(network, { name, size, jump }, before) {
  const stride = jump / before.jump
  const block = BLOCKS.find(([pattern]) => pattern.test(`${network} ${name}`))
  return block ? block[1](stride) : [[[1 + (size - before.size) / before.jump, stride]]]
}

// Of the last of these layers: `rows` times as many `columns` of weights, with sum 1.
export function influence(network, layers) {
  let field = { rows: 1, columns: 1, weights: Float64Array.of(1) }
  for (let n = layers.length - 1; n >= 0; n -= 1) {
    const branches = branchesOf(network, layers[n], layers[n - 1] ?? { size: 1, jump: 1 })
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
