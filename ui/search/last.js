// The search that was left last, so that the way back from a message leads to the same place among the results.

const FRESH_MS = 10 * 60_000
let kept = null

/** `found` are the pages read so far as one; `top` is how far it was scrolled. */
export function keep(path, found, top) {
  kept = { path, found, top, at: Date.now() }
}

/** What was kept of `path`, {found, top}, once; null when it is another or too old. */
export function take(path) {
  const last = kept
  kept = null
  return last?.path === path && Date.now() - last.at < FRESH_MS ? last : null
}
