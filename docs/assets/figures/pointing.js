// A place is looked at while a pointer is over it, and chosen by a click, a tap or the end of a drag;
// who only passes by, or scrolls, changes nothing.
export function pointing(views, { look, choose, leave }) {
  views.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || event.buttons) look(event)
  })
  views.addEventListener("pointerdown", (event) => views.setPointerCapture(event.pointerId))
  views.addEventListener("pointerup", choose)
  for (const sign of ["pointerleave", "pointercancel"]) views.addEventListener(sign, leave)
}

const STEPS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -Infinity],
  End: [0, Infinity],
  PageUp: [-Infinity, 0],
  PageDown: [Infinity, 0],
}

// How far a key goes: down and to the right.
export function stepOf(event) {
  const step = STEPS[event.key]
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return undefined
  event.preventDefault()
  return step
}
