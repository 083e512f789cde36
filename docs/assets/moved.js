// An address of a section that has moved leads to where it is now. While a page loads, :target isn't set yet.
const follow = () =>
  document
    .getElementById(location.hash.slice(1))
    ?.closest(".moved > li")
    ?.querySelector("a")
    .click()
addEventListener("hashchange", follow)
follow()
