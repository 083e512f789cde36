// Material puts a <nav> into every block of code. A page of forty landmarks is none to walk by.
new MutationObserver(() => {
  for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) {
    nav.setAttribute("role", "none")
  }
}).observe(document.body, { childList: true, subtree: true })
