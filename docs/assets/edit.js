// Editing code as plain text where it stands: Tab and Shift+Tab indent, Enter keeps the
// indentation, Escape leaves. Whatever is changed can be undone as usual.

const STEP = 4 // spaces

// Makes code a text box with the focus in it, at a point of the window if one is given.
// `leave` puts the focus elsewhere when Escape is pressed.
export function startEditing(code, leave, x, y) {
  if (code.isContentEditable) return
  code.contentEditable = "plaintext-only"
  code.role = "textbox"
  code.ariaMultiLine = "true"
  code.ariaLabel = "Python code. Escape leaves it, Control and Enter run it."
  code.spellcheck = false
  code.autocapitalize = "off"
  code.focus({ preventScroll: x !== undefined })
  if (x !== undefined) putCaret(x, y)
  const editing = new AbortController()
  const { signal } = editing
  const press = (event) => handle(event, code, leave)
  code.addEventListener("keydown", press, { signal })
  code.addEventListener(
    "blur",
    () => {
      if (document.activeElement === code) return // only the window has lost it
      editing.abort()
      stopEditing(code)
    },
    { signal },
  )
}

function stopEditing(code) {
  for (const name of ["contenteditable", "role", "aria-multiline", "aria-label"]) {
    code.removeAttribute(name)
  }
}

function putCaret(x, y) {
  const place = document.caretPositionFromPoint?.(x, y)
  if (place) getSelection().collapse(place.offsetNode, place.offset)
}

function handle(event, code, leave) {
  if (event.key === "Escape") leave()
  else if (event.key === "Tab") indent(code, event.shiftKey)
  else if (event.key === "Enter" && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    breakLine(code)
  } else return
  event.preventDefault()
}

// What is selected, as places in the code's text.
function selected(code) {
  const range = getSelection().getRangeAt(0)
  const before = document.createRange()
  before.selectNodeContents(code)
  before.setEnd(range.startContainer, range.startOffset)
  const start = before.toString().length
  return [start, start + range.toString().length]
}

function select(code, start, end) {
  const range = document.createRange()
  range.setStart(...nodeAt(code, start))
  range.setEnd(...nodeAt(code, end))
  getSelection().removeAllRanges()
  getSelection().addRange(range)
}

// Where in the tree a place of the text is.
function nodeAt(code, place) {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT)
  let rest = place
  while (texts.nextNode()) {
    if (rest <= texts.currentNode.length) return [texts.currentNode, rest]
    rest -= texts.currentNode.length
  }
  return [code, code.childNodes.length]
}

// The only way to change text that can be undone.
const insert = (text) => document.execCommand(text ? "insertText" : "delete", false, text)

function breakLine(code) {
  const [start] = selected(code)
  const line = code.textContent.slice(0, start).split("\n").at(-1)
  const deeper = line.trimEnd().endsWith(":") ? STEP : 0
  insert(`\n${" ".repeat(line.length - line.trimStart().length + deeper)}`)
}

// Moves the lines that are selected; with only a caret, Tab puts spaces there.
function indent(code, back) {
  const text = code.textContent
  const [start, end] = selected(code)
  const from = text.lastIndexOf("\n", start - 1) + 1
  if (start === end && !back) return insert(" ".repeat(STEP - ((start - from) % STEP)))
  const lines = text.slice(from, end).split("\n")
  const moved = lines.map((line) => (back ? line.replace(/^ {1,4}/, "") : " ".repeat(STEP) + line))
  const changed = moved.join("\n")
  if (changed === text.slice(from, end)) return undefined
  select(code, from, end)
  insert(changed)
  const first = Math.max(from, start + moved[0].length - lines[0].length)
  return select(code, first, end + changed.length - (end - from))
}
