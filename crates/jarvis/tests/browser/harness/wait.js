// Waiting for what comes: looked at again and again, never for a fixed time.

import assert from "node:assert/strict"
import { isDeepStrictEqual } from "node:util"

export const PATIENCE_MS = 15_000
const PAUSE_MS = 25

const pause = () => new Promise((resolve) => { setTimeout(resolve, PAUSE_MS) })

/** Looks until `look` answers something true, and answers that. */
export async function until(what, look) {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > end) assert.fail(`waited in vain: ${what}`)
    await pause()
  }
}

/** Looks until `look` answers `expected`; then, or when patience ends, compares. */
export async function becomes(look, expected, what) {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const seen = await look()
    if (isDeepStrictEqual(seen, expected)) return
    if (Date.now() > end) assert.deepEqual(seen, expected, what)
    await pause()
  }
}
