// What a snippet prints, as the page shows it: a Markdown table as a table, anything else as text.
export function printed(text, error = "") {
  const lines = text.trimEnd().split("\n")
  const isTable = !error && lines.length > 1 && lines.every((line) => line.startsWith("|"))
  return isTable ? table(lines) : plain(text, error)
}

// As it is, which is how examples of the reference show it.
export function plain(text, error = "") {
  const code = element("code", text)
  code.tabIndex = 0 // it may scroll
  if (error) code.append(element("span", error, "error"))
  return element("div", element("pre", code), "language-text output no-copy highlight")
}

function table([head, alignments, ...rows]) {
  const right = cells(alignments).map((dashes) => dashes.endsWith(":"))
  const row = (line, kind) => {
    const made = element("tr", "")
    for (const [n, text] of cells(line).entries()) {
      const cell = element(kind, "")
      // Between backticks is code, as in all Markdown.
      cell.append(...text.split("`").map((part, k) => (k % 2 ? element("code", part) : part)))
      cell.style.textAlign = right[n] ? "right" : "left"
      made.append(cell)
    }
    return made
  }
  const body = document.createElement("tbody")
  body.append(...rows.map((line) => row(line, "td")))
  const whole = element("table", element("thead", row(head, "th")))
  whole.append(body)
  const scrolls = element(
    "div",
    element("div", whole, "md-typeset__table"),
    "md-typeset__scrollwrap",
  )
  return element("div", scrolls, "output")
}

const cells = (line) =>
  line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim())

function element(name, content, classes) {
  const made = document.createElement(name)
  if (classes) made.className = classes // a table without any is set as all tables are
  made.append(content)
  return made
}
