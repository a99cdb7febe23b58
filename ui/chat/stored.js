// Finds out whether a message that was sent without an answer is stored all the same: a request may fail, or be forgotten
// by a reload, after the server had taken the message.

import * as conversations from "../api/conversations.js"

/** Clocks of browser and server may differ by this. */
const SKEW_MS = 10 * 60_000
/** Where it is looked for: among the latest. */
const LOOKED_AT = 5

/** Whether `message`, as the server has it, is what the outbox's `entry` said. */
export function isOf(entry, message) {
  const follows = entry.body.parent_id ?? null
  return message.role === "user" && !message.local && message.content === entry.body.message
    && (message.parent_id ?? null) === follows && isAbout(entry, message)
}

function isAbout(entry, { created_at: when }) {
  return Math.abs(new Date(when).getTime() - entry.at) < SKEW_MS
}

/** The page of history that has what `entry` said; null when it was not stored. */
export async function pageOf(entry, signal) {
  const ids = entry.conversation_id ? [entry.conversation_id] : await newest(entry, signal)
  for (const id of ids) {
    const page = await conversations.history(id, { limit: LOOKED_AT }, signal)
    if (page.messages.some((message) => isOf(entry, message))) return page
  }
  return null
}

async function newest(entry, signal) {
  const page = await conversations.list({ limit: LOOKED_AT }, signal)
  return page.conversations.filter((conversation) => isAbout(entry, conversation)).map(({ id }) => id)
}
