// What was sent and not yet confirmed. It outlives a reload: a message leaves only when the server has it, or the person
// takes it back. Sent again under the same key, it is stored once.

import { emitter } from "../core/emitter.js"
import * as storage from "../core/storage.js"

const PREFIX = "outbox."
const changes = emitter()

/** Tells "change" when something came or left. */
export const on = changes.on

/** An entry is {key, at (ms), conversation_id (null for a new one), body}. */
export function keep(entry) {
  storage.writeJson(PREFIX + entry.key, entry)
  changes.emit("change")
}

export function drop(key) {
  storage.write(PREFIX + key, null)
  changes.emit("change")
}

/** What waits for a conversation (null: for a new one), oldest first. */
export function waitingFor(conversationId) {
  const entries = storage.names(PREFIX).map((name) => storage.readJson(name))
  return entries.filter((entry) => entry && entry.conversation_id === conversationId).sort((one, other) => one.at - other.at)
}
