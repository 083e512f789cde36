// A button on every block of code that a reader may want to run. The theme's own would cost the
// page a layout for each block, and make each a landmark.
import { barOf, codes, textOf } from "./block.js"

function addCopyButtons() {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "copy"
  button.title = "Copy"
  button.ariaLabel = "Copy the code"
  for (const code of codes()) {
    const own = button.cloneNode()
    own.addEventListener("click", async () => {
      await navigator.clipboard.writeText(textOf(code))
      window.alert$?.next("Copied")
    })
    barOf(code).append(own)
  }
}

if (navigator.clipboard) addCopyButtons()
