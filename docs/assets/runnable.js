// A block that runs: the reader's code, and what came of it in the place of the page's own results.
import { barOf, blockOf, textOf } from "./block.js"
import { startEditing } from "./edit.js"
import * as python from "./interpreter.js"
import { plain, printed } from "./printed.js"

const RESULTS = ":scope > :not(.fold, form, .touch, .highlight:not(.output))"

const runnables = new Map()

export function runnableOf(code) {
  if (!runnables.has(code)) runnables.set(code, new Runnable(code))
  return runnables.get(code)
}

class Runnable {
  constructor(code) {
    this.code = code
    this.typed = Boolean(code.closest(".language-pycon")) // an example, with prompts
    this.holder = code.closest(".fold") ?? code.closest(".highlight")
    if (this.typed) this.holder = wrapped(this.holder)
    this.element = blockOf(code)
    this.isCell = this.element.matches(".cell")
    this.bar = barOf(code)
    this.button = this.bar.querySelector(".run")
    this.addStatus()
    // Another state of the block is another state of the page's own code.
    this.element.querySelector("form")?.addEventListener("input", () => this.reset(), true)
    this.element.addEventListener("restate", () => this.reset())
  }

  addStatus() {
    this.status = document.createElement("span")
    this.status.role = "status"
    this.progress = document.createElement("span")
    this.resetButton = document.createElement("button")
    this.resetButton.type = "button"
    this.resetButton.className = "reset"
    this.resetButton.textContent = "Reset"
    this.resetButton.title = "Back to the page's own code and results"
    this.resetButton.hidden = true
    this.resetButton.addEventListener("click", () => {
      this.reset()
      this.button.focus()
    })
    this.bar.prepend(this.status, this.progress, this.resetButton)
  }

  edit(x, y) {
    this.keep()
    const details = this.code.closest("details")
    if (details) details.open = true
    startEditing(this.code, () => this.button.focus(), x, y)
  }

  toggle() {
    if (this.button.textContent === "Stop") python.stop()
    else this.run()
  }

  // Says whether it went well.
  async run() {
    if (this.button.textContent === "Stop") return false
    this.keep()
    const { own } = this
    this.begin()
    try {
      for (const cell of this.earlier()) {
        if (!(await cell.run())) throw new Error("An earlier cell didn't get to its end")
      }
      const session = this.isCell ? location.pathname : ""
      const request = { code: this.code.textContent, session, typed: this.typed }
      const answer = await python.run(request, (news) => this.tell(news))
      this.ranIn = python.identity()
      if (this.own === own) this.show(answer) // else it was reset meanwhile
      this.end(summary(answer.error))
      return !answer.error
    } catch (problem) {
      this.show({ output: "", figures: [], error: problem.message })
      this.end(problem.message)
      return false
    }
  }

  // The cells of a lab that must run first, since they share a session.
  earlier() {
    if (!this.isCell) return []
    const cells = [...document.querySelectorAll(".cell .language-python code")]
    return cells
      .slice(0, cells.indexOf(this.code))
      .map(runnableOf)
      .filter((cell) => !cell.ranIn || cell.ranIn !== python.identity())
  }

  begin() {
    this.element.ariaBusy = "true"
    this.button.textContent = "Stop"
    this.resetButton.hidden = true
    this.status.textContent = "Running"
    this.status.title = ""
  }

  tell({ loaded, total, ready }) {
    this.status.textContent = ready ? "Running" : "Loading Python"
    this.progress.textContent = ready ? "" : `${megabytes(loaded)} of ${megabytes(total)} MB`
  }

  end(message) {
    this.element.ariaBusy = null
    this.button.textContent = "Run"
    this.resetButton.hidden = !this.own
    this.status.textContent = message
    this.status.title = message // it may be longer than its place
    this.progress.textContent = ""
  }

  // Remembers what the page shows, before anything is changed.
  keep() {
    if (this.own) return
    this.own = { html: this.code.innerHTML, nodes: [...this.element.childNodes] }
    this.resetButton.hidden = false
    if (this.typed) this.takePromptsAway()
  }

  reset() {
    if (!this.own) return
    this.code.innerHTML = this.own.html
    if (this.typed) this.holder.classList.replace("language-python", "language-pycon")
    this.element.replaceChildren(...this.own.nodes)
    this.element.classList.remove("failed")
    this.own = undefined
    this.ranIn = undefined
    this.resetButton.hidden = true
    this.status.textContent = ""
  }

  takePromptsAway() {
    const lines = this.code.textContent.trimEnd().split("\n")
    const answers = lines.filter((line) => !/^(>>>|\.\.\.)( |$)/.test(line))
    this.code.textContent = `${textOf(this.code)}\n`
    this.holder.classList.replace("language-pycon", "language-python")
    if (answers.length) this.holder.after(plain(`${answers.join("\n")}\n`))
  }

  // A figure stays, faint, under an error: it is what the code drew before.
  show({ output, figures, error }) {
    this.element.classList.toggle("failed", Boolean(error))
    for (const old of this.element.querySelectorAll(RESULTS)) {
      if (!error || old.matches(".output")) old.remove()
    }
    const drawn = document.createElement("template")
    drawn.innerHTML = figures.join("")
    const set = this.typed ? plain : printed
    const said = output || error ? [set(output, error)] : []
    for (const box of said) box.classList.add("ran")
    if (this.isCell || this.typed) this.holder.after(...said, drawn.content)
    else {
      this.holder.before(drawn.content)
      this.holder.after(...said)
    }
  }
}

// The text box of an example gets an element around it, which holds its results too.
function wrapped(holder) {
  const block = document.createElement("div")
  block.className = "block"
  holder.replaceWith(block)
  block.append(holder)
  return holder
}

function summary(error) {
  if (!error) return "Done"
  if (!/^[\w.]*MemoryError/m.test(error)) return error.trimEnd().split("\n").at(-1)
  python.stop()
  return "Out of memory; Python starts anew at the next run"
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1)
