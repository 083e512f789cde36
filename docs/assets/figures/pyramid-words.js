// A layer in words and in Python, and what the pyramid says of a unit.
import { shown } from "./touch.js"

export function named({ kernel_size, stride, dilation, transposed }) {
  const extra = [stride > 1 && `stride ${stride}`, dilation > 1 && `dilation ${dilation}`]
  return [`${transposed ? "transposed " : ""}kernel ${kernel_size}`, ...extra.filter(Boolean)].join(
    ", ",
  )
}

export function pythonOf({ kernel_size, stride, padding, dilation, transposed }) {
  const options = [padding && `padding=${padding}`, dilation > 1 && `dilation=${dilation}`]
  const said = [kernel_size, ...(stride > 1 ? [stride] : []), ...options.filter(Boolean)]
  return `rf.${transposed ? "ConvTranspose" : "Layer"}(${said.join(", ")})`
}

// What one unit sees: its field, and what it reads of the input, which both borders and holes make less.
export function told({ row, unit, layers, input_size }, { first, last, below, ...result }) {
  const { above, counts, size, deviation } = result
  if (!layers.length) return `Pixel ${unit}. No layer: a pixel sees itself (r = 1, j = 1).`
  if (!counts[row]) return "The kernel is larger than its input: there is no unit."
  const reached = `It reaches ${above.at(-1).length} of ${counts.at(-1)} outputs.`
  const reaches = row < counts.length - 1 ? ` ${reached}` : ""
  if (row === 0) return `Pixel ${unit}.${reaches}`
  const where = `Unit ${unit} of layer ${row}`
  if (!size) return `${where} reads only zeros between units: it sees no pixel.${reaches}`
  const span = `${shown(first)} to ${shown(last)}`
  const read = below.at(-1).map(([pixel]) => pixel)
  if (first < 0 || last >= input_size) {
    return `${where}: a field of ${size}, from ${span}. It reads ${listed(read)}.${reaches}`
  }
  const all = read.length === size ? "all of them" : `${read.length} of them`
  const width = `most weight within ${shown(4 * deviation, 1)}`
  return `${where} sees pixels ${span}: a field of ${size}. It reads ${all}, ${width}.${reaches}`
}

function listed(pixels) {
  if (!pixels.length) return "no pixel, only the padding"
  const [least, most] = [Math.min(...pixels), Math.max(...pixels)]
  if (least === most) return `pixel ${least}`
  const all = pixels.length === most - least + 1
  return all
    ? `the ${pixels.length} pixels ${least} to ${most}`
    : `${pixels.length} of the pixels ${least} to ${most}`
}
