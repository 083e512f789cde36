// A block is code that a reader can take or run, with the figures it draws and what it prints.

// Every piece of code but outputs and signatures.
export const codes = () =>
  document.querySelectorAll(".highlight:not(.no-copy, .doc-signature) > pre > code")

// What belongs to a piece of code: on pages, its figures, its controls and its output too.
export const blockOf = (code) => code.closest(".block") ?? code.closest(".highlight")

// What a reader takes along: of a session in a terminal, what was typed, without prompts and answers.
const PROMPT = /^(>>>|\.\.\.|\$)( |$)/
export function textOf(code) {
  if (!code.closest(".language-pycon, .language-console")) return code.textContent
  const typed = code.textContent.split("\n").filter((line) => PROMPT.test(line))
  return typed.map((line) => line.replace(PROMPT, "")).join("\n")
}

// The row of buttons over a piece of code, which can be reached while the code is folded.
export function barOf(code) {
  const place = code.closest(".fold") ?? code.closest(".highlight")
  const bar = place.querySelector(":scope > .bar") ?? document.createElement("div")
  bar.className = "bar"
  place.append(bar)
  return bar
}
