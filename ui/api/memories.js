import { request } from "./client.js"

export const get = (id, signal) => request("GET", `/api/memory/${id}`, { signal })

/** A page, newest first: {memories, next_cursor?, total}. `filter`: kind, category, pinned, expired, superseded, cursor, limit. */
export const list = (filter, signal) => request("GET", "/api/memory/list", { query: filter, signal })

/** {results (memories with snippet, snippet_matches, score), next_cursor?, total}; `question`: query, mode, limit, cursor. */
export const search = (question, signal) => request("POST", "/api/memory/search", { body: question, signal })

/** Makes one; said twice with the same `key`, it is made once. */
export const add = (memory, key) => request("POST", "/api/memory", { body: memory, headers: { "idempotency-key": key } })

/** Changes content, category, kind, importance, expires_at (null: never) or pinned. */
export const patch = (id, changes) => request("PATCH", `/api/memory/${id}`, { body: changes })

export const forget = (id) => request("DELETE", `/api/memory/${id}`)
