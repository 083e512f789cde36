// Python, in a thread of its own so that the page stays alive: the worker that interpreter.js
// starts. It loads Pyodide from the site's own files, and then answers one block after another.

const FOLDER = new URL(location.hash.slice(1), location)
const LOCK = new URL("pyodide-lock.json", FOLDER)
const ANSWERING = "convnotes.site.blocks.answering"

let loaded = 0
let total = 0

const fetchFromSite = self.fetch

// A file's name or its hash says what must be in it, so that what the browser keeps is as good as
// what the site has, without a network too.
async function fetchOnce(address, options) {
  try {
    return await fetchFromSite(address, { ...options, cache: "force-cache" })
  } catch {
    return await fetchFromSite(address, { ...options, cache: "reload" })
  }
}

// Pyodide fetches with this, and the page hears how far it is.
self.fetch = async (address, options) => {
  if (`${address}` === LOCK.href) return fetchLock()
  const response = await fetchOnce(address, options)
  if (!response.ok) throw new Error(`${address} isn't there`)
  const counted = new TransformStream({
    transform(piece, controller) {
      loaded += piece.length
      postMessage({ loaded, total })
      controller.enqueue(piece)
    },
  })
  return new Response(response.body.pipeThrough(counted), response)
}

// The list of packages: the only file that changes under its address.
const fetchLock = () =>
  fetchFromSite(LOCK, { cache: "no-cache" }).catch(() =>
    fetchFromSite(LOCK, { cache: "force-cache" }),
  )

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
