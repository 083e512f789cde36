// What a stack of layers costs beside one layer with a large kernel, without biases, for one image.

// A convolution by its shape: channels in and out, side of the kernel, groups.
const conv = (c_in, c_out, kernel_size, groups = 1) => ({ c_in, c_out, kernel_size, groups })

export const KINDS = ["dense", "grouped", "depthwise", "bottleneck"]
const GROUPS = 4
const NARROWER = 4 // the middle of a bottleneck

// One layer of a kind, as the convolutions that it is made of.
function layerOf(kind, c_in, c_out, kernel_size) {
  if (kind === "depthwise") return [conv(c_in, c_in, kernel_size, c_in), conv(c_in, c_out, 1)]
  if (kind === "bottleneck") {
    const middle = Math.max(1, Math.floor(c_out / NARROWER))
    return [conv(c_in, middle, 1), conv(middle, middle, kernel_size), conv(middle, c_out, 1)]
  }
  const divides = c_in % GROUPS === 0 && c_out % GROUPS === 0
  return [conv(c_in, c_out, kernel_size, kind === "grouped" && divides ? GROUPS : 1)]
}

export const fieldOf = ({ depth, kernel_size }) => depth * (kernel_size - 1) + 1

export function stackOf({ kind, depth, kernel_size, c_in, channels }) {
  return Array.from({ length: depth }, (_, n) =>
    layerOf(kind, n ? channels : c_in, channels, kernel_size),
  ).flat()
}

export const largeOf = (state) => layerOf(state.kind, state.c_in, state.channels, fieldOf(state))

// Weights, multiply–adds, values of all outputs, most values held at once; every layer keeps `size`.
export function costOf(layers, size) {
  const places = size ** 2
  const weights = layers.map(
    ({ c_in, c_out, kernel_size, groups }) => (c_in / groups) * c_out * kernel_size ** 2,
  )
  const parameters = weights.reduce((total, count) => total + count, 0)
  return {
    parameters,
    multiply_adds: parameters * places,
    activations: layers.reduce((total, { c_out }) => total + c_out * places, 0),
    peak: Math.max(...layers.map(({ c_in, c_out }) => (c_in + c_out) * places)),
  }
}

// From how many input channels on the stack has fewer weights, as far as `most`; `null` if it hasn't.
export function crossing(state, most) {
  for (let c_in = most; c_in >= 1; c_in -= 1) {
    const tried = { ...state, c_in }
    const [stack, large] = [stackOf(tried), largeOf(tried)].map((layers) => costOf(layers, 1))
    if (stack.parameters >= large.parameters) return c_in === most ? null : c_in + 1
  }
  return 1
}

// Of the kernels of one channel, how many dimensions a linear stack reaches: each layer's weights,
// less a scale that it can hand to the next.
export function dimensions({ depth, kernel_size }) {
  return kernel_size === 1 ? 1 : depth * (kernel_size ** 2 - 1) + 1
}
