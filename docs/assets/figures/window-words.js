// What the sliding window says beside its numbers, and its state in Python.
import { python, same } from "./touch.js"
import { weightText as decimal } from "./weights.js"
import { flipped, span } from "./window.js"

const SIZES = ["kernel_size", "stride", "padding", "dilation"]

// Nothing, as long as the sizes are those of the beginning.
export function formulaOf(state, defaults, size, inputs) {
  const { padding, stride, dilation, kernel_size, kernel, flip } = state
  const covered = span(state)
  if (!size) return `A window of ${covered} has no place in ${inputs} + 2·${padding}.`
  const inside = `(${inputs} + 2·${padding} − ${dilation}·${kernel_size - 1} − 1) / ${stride}`
  const isFirst = SIZES.every((name) => state[name] === defaults[name])
  const sentences = [
    !isFirst && `Output size: ⌊${inside}⌋ + 1 = ${size}.`,
    flip && same(flipped(kernel), kernel) && "This kernel is the same when flipped.",
  ]
  return sentences.filter(Boolean).join(" ")
}

// For each variable of the block, its Python.
export function codeOf(whole) {
  const { image, output, padding_mode, ...state } = whole
  const [i, j] = output
  const sizes = ["stride", "padding", "dilation"].map((name) => `${name}=${state[name]}`)
  const options = [...sizes, `padding_mode="${padding_mode}"`].join(", ")
  const corner = [j, i].map((n) => n * state.stride - state.padding - 0.5)
  return {
    i: String(i),
    j: String(j),
    rows: image.map((row) => `"${row.join("")}"`).join(", "),
    kernel: kernelInPython(state),
    output: `convolution.conv2d(\n    image[None], kernel[None, None],\n    ${options},\n)[0]`,
    "corner, side": `(${corner.join(", ")}), ${span(state)}`,
  }
}

function kernelInPython({ kernel, kernel_size, preset, flip }) {
  const mean = `np.full((${kernel_size}, ${kernel_size}), 1 / ${kernel_size ** 2})`
  return (preset === "blur" ? mean : python(kernel)) + (flip ? "[::-1, ::-1]" : "")
}

// A mean's weights are fractions, and read as such.
export function weightText(weight, size) {
  return size > 1 && weight === 1 / size ** 2 ? `1/${size ** 2}` : decimal(weight)
}
