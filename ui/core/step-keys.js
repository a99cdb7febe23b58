// Keys that walk through a list: J and K or the arrows from one entry to the next.

import { addKey } from "./keys.js"

/** `selector` finds what takes the focus among what `root` holds. Answers `first()`, which goes to the first entry. */
export function stepKeys({ root, selector, group, noun, signal }) {
  const step = (by) => (event) => {
    const entries = [...root.querySelectorAll(selector)]
    if (entries.length === 0) return false
    const at = entries.findIndex((entry) => entry === document.activeElement || entry.parentElement?.contains(document.activeElement))
    const arrow = event.key.startsWith("Arrow")
    if (arrow && at < 0) return false
    const to = at < 0 ? 0 : Math.min(Math.max(at + by, 0), entries.length - 1)
    go(entries[to])
  }
  addKey({ combo: "j", label: `Next ${noun}`, group, run: step(1), signal })
  addKey({ combo: "k", label: `Previous ${noun}`, group, run: step(-1), signal })
  addKey({ combo: "ArrowDown", run: step(1), signal })
  addKey({ combo: "ArrowUp", run: step(-1), signal })
  return { first: () => { const entry = root.querySelector(selector); if (entry) go(entry); return entry !== null } }
}

function go(entry) {
  entry.focus({ preventScroll: true })
  entry.scrollIntoView({ block: "nearest" })
}
