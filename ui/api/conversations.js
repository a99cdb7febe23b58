import { request } from "./client.js"

/** A page of conversations: {conversations, next_cursor?, total}. `filter`: q, status, session_id, cursor, limit. */
export const list = (filter, signal) => request("GET", "/api/chat/conversations", { query: filter, signal })

export const get = (id, signal) => request("GET", `/api/chat/conversation/${id}`, { signal })

/** Changes title, status ("open", "archived", "deleted") or metadata. */
export const patch = (id, changes) => request("PATCH", `/api/chat/conversation/${id}`, { body: changes })

/** Erases it for good. */
export const erase = (id) => request("DELETE", `/api/chat/conversation/${id}`)

/** {conversation, messages (oldest first), total_count, has_more}; `window`: limit, before (a message id). */
export const history = (id, window, signal) => request("GET", `/api/chat/history/${id}`, { query: window, signal })
