// Python, in a thread of its own so that the page stays alive: the worker that interpreter.js
// starts. It loads Pyodide from the site's own files, and then answers one block after another.

const FOLDER = new URL(location.hash.slice(1), location)
const LOCK = new URL("pyodide-lock.json", FOLDER)
const ANSWERING = "convnotes.site.blocks.answering"

let loaded = 0
let total = 0

const fetchFromSite = self.fetch

// What was fetched is kept, for the next page and for when there is no network. (Browsers keep no
// files of this size by themselves. Where they offer no place, the files are fetched each time.)
const opened = self.caches?.open(FOLDER.pathname).catch(() => undefined)

// A file is kept under its address, which names the version, and its hash where it has one.
async function fetchOnce(address, options) {
  const place = await opened
  const key = `${address}?${options?.integrity ?? ""}`
  const kept = await place?.match(key)
  if (kept) return kept
  const response = await fetchFromSite(address, options)
  if (!response.ok) throw new Error(`${address} isn't there`)
  await place?.delete(address, { ignoreSearch: true })
  place?.put(key, response.clone()).catch(() => {}) // no room, or interrupted
  return response
}

// Pyodide fetches with this, and the page hears how far it is. Pyodide would wait for ever for some
// of its files, so the page hears of failures too.
self.fetch = async (address, options) => {
  if (`${address}` === LOCK.href) return fetchLock()
  try {
    const response = await fetchOnce(address, options)
    return new Response(response.body.pipeThrough(counted()), response)
  } catch (error) {
    postMessage({ broken: `${error.message}: is there a network?` })
    throw error
  }
}

const counted = () =>
  new TransformStream({
    transform(piece, controller) {
      loaded += piece.length
      postMessage({ loaded, total })
      controller.enqueue(piece)
    },
  })

// The list of packages: the only file that changes under its address.
async function fetchLock() {
  const place = await opened
  try {
    const response = await fetchFromSite(LOCK, { cache: "no-cache" })
    await place?.put(LOCK, response.clone())
    return response
  } catch (error) {
    const kept = await place?.match(LOCK)
    if (kept) return kept
    throw error
  }
}

// The names of packages with all that they depend on.
function withDependencies(names, { packages }, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue
    found.add(name)
    withDependencies(packages[name].depends, { packages }, found)
  }
  return found
}

async function start() {
  const lock = await (await fetchLock()).json()
  const sizes = [...withDependencies(["convnotes"], lock)].map((name) => lock.packages[name].size)
  for (const name of ["pyodide.asm.wasm", "python_stdlib.zip"]) sizes.push(lock.core[name].size)
  total = sizes.reduce((sum, size) => sum + size)
  const { loadPyodide } = await import(new URL("pyodide.mjs", FOLDER))
  const pyodide = await loadPyodide({
    indexURL: FOLDER.href,
    packages: ["convnotes"],
    env: { HOME: "/home/pyodide", MPLBACKEND: "agg" },
    stdin: () => undefined,
  })
  const answering = pyodide.pyimport(ANSWERING)
  answering.prepare()
  return { pyodide, answering, lock }
}

// Code may ask for more than every page does: a lab's for scikit-learn.
async function loadMore({ pyodide, lock }, code) {
  const { packages } = lock
  const known = new Map(
    Object.entries(packages).flatMap(([name, { imports }]) => imports.map((i) => [i, name])),
  )
  const imports = pyodide.pyimport("pyodide.code").find_imports(code).toJs()
  const names = imports.map((name) => known.get(name)).filter(Boolean)
  const missing = [...withDependencies(names, lock)].filter(
    (n) => !pyodide.loadedPackages[packages[n].name],
  )
  if (missing.length === 0) return
  loaded = 0
  total = missing.reduce((sum, name) => sum + packages[name].size, 0)
  await pyodide.loadPackage(missing)
}

const ready = start()

addEventListener("message", async ({ data: { code, session, typed } }) => {
  try {
    const python = await ready
    await loadMore(python, code)
    postMessage({ ready: true })
    const answer = python.answering.answer.callKwargs(code, session, { typed })
    postMessage({ answer: JSON.parse(answer) })
  } catch (error) {
    postMessage({ broken: String(error) })
  }
})
