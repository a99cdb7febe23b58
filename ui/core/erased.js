// All that a person has can be erased: on this page, on another, by a program. Nothing of it stays in a page then.

import * as live from "./live.js"
import * as router from "./router.js"
import * as storage from "./storage.js"

/** How many erasures this page has asked for itself; it shows their receipt before it begins anew. */
let own = 0

/** Runs an erasure that this page asks for. */
export async function erasing(run) {
  own += 1
  try {
    return await run()
  } catch (error) {
    own -= 1
    throw error
  }
}

/** Forgets what the browser kept: drafts, recent searches. The theme is no data about anybody's talks. */
export function forgetHere() {
  for (const name of storage.names("")) if (name !== "theme") storage.write(name, null)
}

/** Loads the page again: nothing of what was read stays in it. */
export function beginAnew() {
  location.assign(router.href("/"))
}

export function startErased() {
  live.on("data_erased", () => {
    if (own > 0) return
    forgetHere()
    beginAnew()
  })
}
