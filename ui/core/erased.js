// All that a person has can be erased: on this page, on another, by a program. Nothing of it stays in a page then.

import { forgetHere } from "./forget.js"
import * as live from "./live.js"
import * as router from "./router.js"

/** How many erasures this page has asked for itself; it shows their receipt before it begins anew. */
let own = 0

/** Whether this page is erasing everything, or tells that it has. */
export const isErasing = () => own > 0

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
