// What the browser keeps for this page. A browser may refuse to keep anything; then it lasts as long as the page.

const PREFIX = "jarvis."
const fallback = new Map()

export function read(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? fallback.get(name) ?? null
  } catch {
    return fallback.get(name) ?? null
  }
}

/** Keeps a text; null forgets it. */
export function write(name, value) {
  try {
    if (value == null) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, value)
    fallback.delete(name)
  } catch {
    if (value == null) fallback.delete(name)
    else fallback.set(name, value)
  }
}

export function readJson(name) {
  try {
    return JSON.parse(read(name))
  } catch {
    return null
  }
}

export function writeJson(name, value) {
  write(name, value == null ? null : JSON.stringify(value))
}

/** The names that begin with `prefix`. */
export function names(prefix) {
  const found = new Set([...fallback.keys()])
  try {
    for (let index = 0; index < localStorage.length; index += 1) {
      const key = localStorage.key(index)
      if (key.startsWith(PREFIX)) found.add(key.slice(PREFIX.length))
    }
  } catch {
    // the fallback is all there is
  }
  return [...found].filter((name) => name.startsWith(prefix))
}
