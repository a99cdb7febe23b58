import { request } from "./client.js"

const MOST = 200

/** All sessions, newest first: people have a handful. */
export const all = async (signal) => (await request("GET", "/api/sessions", { query: { limit: MOST }, signal })).sessions

export const add = (session) => request("POST", "/api/sessions", { body: session })

export const patch = (id, changes) => request("PATCH", `/api/sessions/${id}`, { body: changes })

export const remove = (id) => request("DELETE", `/api/sessions/${id}`)
