// The conversations that the sidebar lists: a filter, the pages read so far, and what happens meanwhile. It draws nothing.

import * as api from "../api/conversations.js"
import { emitter } from "../core/emitter.js"
import * as live from "../core/live.js"

const PAGE = 50
const changes = emitter()
let filter = { status: "open", session_id: null, q: "" }
let items = []
let cursor = null
let state = "loading"
let failure = null
let reading = new AbortController()

/** Tells "change". */
export const on = changes.on

/** {items, state ("loading", "ready", "failed"), failure, hasMore, filter}. */
export const now = () => ({ items, state, failure, hasMore: cursor !== null, filter })

/** Changes part of the filter and reads anew. */
export function setFilter(part) {
  filter = { ...filter, ...part }
  return reload()
}

export async function reload() {
  reading.abort()
  reading = new AbortController()
  const { signal } = reading
  state = "loading"
  changes.emit("change")
  await read(null, signal)
}

export async function more() {
  if (cursor === null || state !== "ready") return
  state = "loading"
  await read(cursor, reading.signal)
}

async function read(from, signal) {
  try {
    const page = await api.list({ ...filter, cursor: from, limit: PAGE }, signal)
    if (signal.aborted) return
    const known = new Set(from === null ? [] : items.map(({ id }) => id))
    items = [...(from === null ? [] : items), ...page.conversations.filter(({ id }) => !known.has(id))]
    cursor = page.next_cursor ?? null
    state = "ready"
    failure = null
  } catch (error) {
    if (signal.aborted) return
    state = "failed"
    failure = error
  }
  changes.emit("change")
}

function belongs(conversation) {
  if (conversation.status !== filter.status) return false
  if (filter.session_id && conversation.session_id !== filter.session_id) return false
  return filter.q === "" || items.some(({ id }) => id === conversation.id)
}

/** A conversation is as told here: it takes its place, or leaves the list. */
export function told(conversation) {
  const stays = belongs(conversation)
  items = items.filter(({ id }) => id !== conversation.id)
  if (stays) {
    const at = items.findIndex(({ active_at: when }) => when <= conversation.active_at)
    // what is older than everything read so far comes with its page
    if (at >= 0) items.splice(at, 0, conversation)
    else if (cursor === null) items.push(conversation)
  }
  changes.emit("change")
}

export function erased(id) {
  items = items.filter((conversation) => conversation.id !== id)
  changes.emit("change")
}

export function start() {
  live.on("conversation_updated", ({ conversation }) => told(conversation))
  live.on("conversation_erased", ({ conversation_id: id }) => erased(id))
  live.on("missed", () => reload())
  return reload()
}
