// Runs before Material's own script, which would fetch the search index on every page: more bytes
// than the page itself. Let the index wait until a reader turns to the search.
const searching = new Promise((resolve) => {
  const search = document.querySelector("[data-md-component=search]")
  for (const sign of ["focusin", "pointerenter"]) search?.addEventListener(sign, resolve)
  document.getElementById("__search")?.addEventListener("change", resolve)
  if (new URL(location).searchParams.get("h")) resolve() // words to mark on the page
})
const { open, send } = XMLHttpRequest.prototype
XMLHttpRequest.prototype.open = function (method, address, ...rest) {
  this.waitsFor = address.endsWith("/search_index.json") ? searching : undefined
  open.call(this, method, address, ...rest)
}
XMLHttpRequest.prototype.send = function (body) {
  if (this.waitsFor) this.waitsFor.then(() => send.call(this, body))
  else send.call(this, body)
}

// The theme's answers tell the page which words to mark, also where there are none.
addEventListener(
  "click",
  ({ target }) => {
    const answer = target.closest?.(".md-search-result__link")
    if (answer?.search === "?h=") answer.search = ""
  },
  true,
)
