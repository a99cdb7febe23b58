// What was sent and not yet confirmed. It outlives a reload: a message leaves only when the server has it, or the person
// takes it back. Sent again under the same key, it is stored once.

import * as storage from "../core/storage.js"
import { newKey } from "../core/random-key.js"

const PREFIX = "outbox."
/** What another tab sent this short a time ago is still its own. */
const OWN_MS = 60_000
const tab = ownTab()

/** An entry is {key, at (ms), conversation_id (null for a new one), body}, and `failed` with the server's message. */
export function keep(entry) {
  storage.writeJson(PREFIX + entry.key, { ...entry, tab })
}

export function drop(key) {
  storage.write(PREFIX + key, null)
}

/** A name that lasts through reloads, for as long as the tab does. */
function ownTab() {
  try {
    sessionStorage["jarvis.tab"] ??= newKey()
    return sessionStorage["jarvis.tab"]
  } catch {
    return newKey()
  }
}

/** What waits for a conversation (null: for a new one), oldest first. */
export function waitingFor(conversationId) {
  const entries = storage.names(PREFIX).map((name) => storage.readJson(name))
  const isOurs = (entry) => entry.tab === tab || entry.failed || Date.now() - entry.at > OWN_MS
  return entries.filter((entry) => entry && entry.conversation_id === conversationId && isOurs(entry)).sort((one, other) => one.at - other.at)
}
