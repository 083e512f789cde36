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

// And the worker that reads it, which would be most of what is left to fetch.
class LateWorker extends EventTarget {
  constructor(begin) {
    super()
    this.begun = searching.then(() => {
      const worker = begin()
      worker.addEventListener("message", ({ data }) =>
        this.dispatchEvent(new MessageEvent("message", { data })),
      )
      return worker
    })
  }

  postMessage(message) {
    this.begun.then((worker) => worker.postMessage(message))
  }
}
window.Worker = new Proxy(Worker, {
  construct(Own, [address, options]) {
    const begin = () => new Own(address, options)
    return String(address).includes("/workers/search.") ? new LateWorker(begin) : begin()
  },
})

// The theme's answers tell the page which words to mark, also where there are none.
addEventListener(
  "click",
  ({ target }) => {
    const answer = target.closest?.(".md-search-result__link")
    if (answer?.search === "?h=") answer.search = ""
  },
  true,
)
