// The glossary's filter hides terms that don't hold the words, as they are typed.
const input = document.querySelector(".glossary-filter input")
const plain = (text) => text.toLowerCase().replaceAll("–", "-").replaceAll("×", "x")

function entries() {
  const all = []
  let letter
  for (const element of document.querySelectorAll(".glossary-terms > *")) {
    if (element.matches("h2")) letter = element
    else if (element.matches("h3")) all.push({ letter, parts: [element] })
    else all.at(-1).parts.push(element)
  }
  for (const entry of all) {
    const [name, sentence] = entry.parts.map((part) => plain(part.textContent))
    Object.assign(entry, { name, text: name + sentence })
  }
  return all
}

function filterTerms(all) {
  const words = plain(input.value).split(/\s+/).filter(Boolean)
  const named = all.filter(({ name }) => words.every((word) => name.includes(word)))
  const found = named.length
    ? named
    : all.filter(({ text }) => words.every((word) => text.includes(word)))
  const shown = new Set(found)
  for (const entry of all) for (const part of entry.parts) part.hidden = !shown.has(entry)
  const letters = new Set(found.map(({ letter }) => letter))
  for (const { letter } of all) letter.hidden = !letters.has(letter)
  document.querySelector(".glossary-letters").hidden = words.length > 0
  input.closest("p").querySelector("output").value = words.length
    ? `${found.length || "no"} ${found.length === 1 ? "term" : "terms"}`
    : ""
}

if (input) {
  const all = entries()
  input.addEventListener("input", () => filterTerms(all))
  input.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return
    input.value = ""
    filterTerms(all)
  })
  if (input.value) filterTerms(all) // the browser kept it when the reader came back
}
