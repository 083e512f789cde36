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
  letKeyboardUseMenu()
  letKeyboardScroll()
})
addEventListener("resize", letKeyboardScroll)
