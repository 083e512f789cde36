// A button on every block of code that a reader may want to run. The theme's own would cost the
// page a layout for each block, and make each a landmark.
function addCopyButtons() {
  const bar = document.createElement("div")
  bar.className = "md-code__nav"
  bar.innerHTML =
    '<button class="md-code__button" data-md-type="copy" type="button" title="Copy" aria-label="Copy the code"></button>'
  for (const code of document.querySelectorAll(".highlight:not(.no-copy, .doc-signature) pre > code")) {
    const own = bar.cloneNode(true)
    own.firstChild.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent)
      window.alert$?.next("Copied")
    })
    code.before(own)
  }
}

// What scrolls inside itself can be reached, and so scrolled, by keyboard.
function letKeyboardScroll() {
  const all = [...document.querySelectorAll(".formula, .md-typeset__scrollwrap")]
  const wider = all.filter((element) => element.scrollWidth > element.clientWidth)
  for (const element of all) element.removeAttribute("tabindex")
  for (const element of wider) element.tabIndex = 0
}

addEventListener("load", () => {
  if (navigator.clipboard) addCopyButtons()
  letKeyboardScroll()
})
addEventListener("resize", letKeyboardScroll)
