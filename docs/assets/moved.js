// An address of a section that has moved leads to where it is now.
const follow = () => document.querySelector(".moved > :target > a")?.click()
addEventListener("hashchange", follow)
follow()
