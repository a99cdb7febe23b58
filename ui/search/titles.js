// The titles of conversations, asked for once each.

import * as conversations from "../api/conversations.js"

const AT_ONCE = 4
const known = new Map()
const waiting = []
let running = 0

/** A promise of the conversation's title; "" when it has none or cannot be read. */
export function titleOf(id) {
  if (!known.has(id)) {
    known.set(id, new Promise((resolve) => {
      waiting.push({ id, resolve })
      work()
    }))
  }
  return known.get(id)
}

async function work() {
  if (running >= AT_ONCE || waiting.length === 0) return
  running += 1
  const { id, resolve } = waiting.shift()
  try {
    resolve((await conversations.get(id)).title ?? "")
  } catch {
    known.delete(id)
    resolve("")
  }
  running -= 1
  work()
}
