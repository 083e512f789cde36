// Every block of Python can be edited where it stands, and run in the page. What does it is fetched
// when a reader first asks for it; this puts the buttons there.
import { barOf } from "./block.js"

const RUNNABLE = ".block:not(.torch) .language-python code, .language-pycon code"

const ELSEWHERE = /\b(import|from) (torch|onnx|dask)\b|"mtcnn"/ // what no browser has
const isElsewhere = (code) => ELSEWHERE.test(code.textContent)
// A lab's cells build on each other, so one stops them all.
const labIsElsewhere = [...document.querySelectorAll(".cell code")].some(isElsewhere)

// The block that a piece of code belongs to, as something that runs.
const runnable = async (code) => (await import("./runnable.js")).runnableOf(code)

function addButton(code, name, title, act) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = name.toLowerCase()
  button.textContent = name
  button.title = title
  button.addEventListener("click", act)
  barOf(code).prepend(button)
}

for (const code of document.querySelectorAll(RUNNABLE)) {
  if (isElsewhere(code) || (labIsElsewhere && code.closest(".cell"))) continue
  const toggle = async () => (await runnable(code)).toggle()
  addButton(code, "Run", "Run in this page (Ctrl+Enter)", toggle)
  const edit = async () => (await runnable(code)).edit()
  addButton(code, "Edit", "Edit the code (Escape leaves it)", edit)
  // A click edits where it falls. A finger scrolls and a link leads on, so they don't.
  code.addEventListener("click", async ({ target, pointerType, clientX, clientY }) => {
    if (pointerType !== "mouse" || target.closest("a") || !getSelection().isCollapsed) return
    const block = await runnable(code)
    block.edit(clientX, clientY)
  })
}

addEventListener("keydown", async (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.shiftKey)) return
  const code = event.target.closest?.(".block, .language-pycon")?.querySelector(RUNNABLE)
  if (!code) return
  event.preventDefault()
  const block = await runnable(code)
  block.run()
})
