// The sessions, known once and kept up to date for whoever shows them.

import * as api from "../api/sessions.js"
import { emitter } from "../core/emitter.js"
import * as live from "../core/live.js"

const changes = emitter()
let known = []
let reading = null

/** Tells "change" with all sessions. */
export const on = changes.on

export const all = () => known

export const byId = (id) => known.find((session) => session.id === id) ?? null

/** Reads them, once; `again` reads anew. */
export function load(again = false) {
  if (!reading || again) {
    reading = api.all().then((sessions) => {
      known = sessions
      changes.emit("change", known)
      return known
    })
    reading.catch(() => { reading = null })
  }
  return reading
}

export async function save(id, fields) {
  const session = id ? await api.patch(id, fields) : await api.add(fields)
  await load(true)
  return session
}

export async function remove(id) {
  await api.remove(id)
  await load(true)
}

live.on("missed", () => load(true).catch(() => {}))
