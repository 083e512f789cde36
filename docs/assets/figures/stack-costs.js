// What a stack of layers costs beside one layer with a large kernel, without biases, for one image.

// A convolution by its shape: channels in and out, side of the kernel, groups.
const conv = (c_in, c_out, kernel_size, groups = 1) => ({ c_in, c_out, kernel_size, groups })

export const KINDS = ["dense", "grouped", "depthwise separable", "bottleneck"]
const GROUPS = 4 // or 2 or 1, if 4 doesn't divide the channels
const NARROWER = 4 // the middle of a bottleneck

// One layer of a kind, as the convolutions that it is made of.
function layerOf(kind, c_in, c_out, kernel_size) {
  if (kind === "depthwise separable")
    return [conv(c_in, c_in, kernel_size, c_in), conv(c_in, c_out, 1)]
  if (kind === "bottleneck") {
    const middle = middleOf(c_out)
    return [conv(c_in, middle, 1), conv(middle, middle, kernel_size), conv(middle, c_out, 1)]
  }
  return [conv(c_in, c_out, kernel_size, kind === "grouped" ? groupsOf(c_in, c_out) : 1)]
}

export const middleOf = (channels) => Math.max(1, Math.floor(channels / NARROWER))

export const groupsOf = (c_in, c_out) =>
  [GROUPS, 2, 1].find((groups) => c_in % groups === 0 && c_out % groups === 0)

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

// In how many directions the kernels of linear layers can go: each layer's weights, less, between
// two layers, a table of C × C numbers that the one can hand to the next. So it is if all are dense
// and equally wide; `null` if they aren't.
export function directionsOf({ kind, depth, kernel_size, c_in, channels }) {
  if (kind !== "dense" || c_in !== channels) return null
  return (depth * (kernel_size ** 2 - 1) + 1) * channels ** 2
}
