// Waiting for what comes: looked at again and again, never for a fixed time.

import assert from "node:assert/strict"
import { isDeepStrictEqual } from "node:util"

export const PATIENCE_MS = 30_000
const PAUSE_MS = 25
/** Looks, not time: on a machine that stands still for a while nothing is given up. */
const MOST_LOOKS = 400

const pause = () => new Promise((resolve) => { setTimeout(resolve, PAUSE_MS) })

/** Looks until `look` answers something true, and answers that. */
export async function until(what, look) {
  for (let looks = 1; ; looks += 1) {
    const seen = await look()
    if (seen) return seen
    if (looks >= MOST_LOOKS) assert.fail(`waited in vain: ${what}`)
    await pause()
  }
}

/** Looks until `look` answers `expected`; then, or when patience ends, compares. */
export async function becomes(look, expected, what) {
  for (let looks = 1; ; looks += 1) {
    const seen = await look()
    if (isDeepStrictEqual(seen, expected)) return
    if (looks >= MOST_LOOKS) return assert.deepEqual(seen, expected, what)
    await pause()
  }
}
