// One tab at a time: a refresh token is good once, and two tabs that use the same end the login for both.

import { newKey } from "../core/random-key.js"
import * as storage from "../core/storage.js"

const NAME = "jarvis.refresh"
const LEASE = "refreshing"
/** Longer than an exchange takes. A tab that was left in the middle of one is waited for, as its answer still comes. */
const LEASE_MS = 3_000
const LOOK_MS = 50
/** In which two tabs that write at once see each other. */
const SETTLE_MS = 30
const own = newKey()

/** Runs `run` when no other tab of this browser is at it, and answers what it does. */
export function exclusively(run) {
  // pages without https have no locks: there the lease is all there is
  return navigator.locks ? navigator.locks.request(NAME, () => leased(run)) : leased(run)
}

async function leased(run) {
  while (!(await take())) await pause(LOOK_MS)
  try {
    return await run()
  } finally {
    storage.write(LEASE, null)
  }
}

async function take() {
  const held = storage.readJson(LEASE)
  if (held && held.until > Date.now() && held.until < Date.now() + 2 * LEASE_MS) return false
  storage.writeJson(LEASE, { own, until: Date.now() + LEASE_MS })
  if (!navigator.locks) await pause(SETTLE_MS)
  return storage.readJson(LEASE)?.own === own
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms) })
}
