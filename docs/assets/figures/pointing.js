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
