// Touched, a term in the text shows its sentence, as it does when a pointer or the keyboard comes
// to it; touched again, it leads to the glossary.
let touched
addEventListener("click", (event) => {
  const term = event.target.closest?.("a.term")
  if (term && event.pointerType === "touch" && term !== touched) {
    event.preventDefault()
    term.focus()
  }
  touched = term
})
