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

// On a phone, and zoomed in, labels open the menu and its parts: keys shall reach them too. (The
// theme has Enter click a label.) Escape closes the menu.
function letKeyboardUseMenu() {
  const menu = document.getElementById("__drawer")
  const button = document.querySelector(".md-header [for=__drawer]")
  if (!button) return
  button.title = "Menu"
  const parts = ".md-sidebar--primary :is(.md-nav__link[for=__toc], .md-nav .md-nav .md-nav__title)"
  for (const label of [button, ...document.querySelectorAll(parts)]) label.tabIndex = 0
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.checked) return
    menu.click()
    button.focus()
  })
}

addEventListener("load", () => {
  if (navigator.clipboard) addCopyButtons()
  letKeyboardUseMenu()
  letKeyboardScroll()
})
addEventListener("resize", letKeyboardScroll)
