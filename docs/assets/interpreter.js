// The page's end of the worker that runs Python: one for the page, started at the first run, ended
// by whoever stops a run. One run follows the other.

const FOLDER = new URL(document.querySelector("meta[name=python]").content, location)

let worker
let current // the run that is being answered
let turn = Promise.resolve()

// Tells the sessions of one interpreter from those of the next.
export const identity = () => worker

// Runs `request` ({ code, session, typed }) and gives what it prints and draws. `tell` hears how
// much is loaded ({ loaded, total }, in bytes), and that Python is there ({ ready }). Fails, with
// a message for the reader, if the run is stopped or Python breaks.
export function run(request, tell) {
  const answer = turn.then(() => ask(request, tell))
  turn = answer.catch(() => {})
  return answer
}

export function stop(message = "Stopped") {
  worker?.terminate()
  worker = undefined
  current?.reject(new Error(message))
  current = undefined
}

function ask(request, tell) {
  return new Promise((resolve, reject) => {
    current = { resolve, reject, tell }
    worker ??= start()
    worker.postMessage(request)
  })
}

function start() {
  const started = new Worker(new URL(`python.js#${FOLDER}`, import.meta.url), { type: "module" })
  started.addEventListener("message", ({ data }) => {
    if (data.broken) return stop(`Python broke; it starts anew at the next run. ${data.broken}`)
    if (!data.answer) return current?.tell(data)
    const { resolve } = current
    current = undefined
    return resolve(data.answer)
  })
  started.addEventListener("error", () => stop("Python can't be loaded: is there a network?"))
  return started
}
