import { request } from "./client.js"

/** {hits, total, total_is_exact, next_cursor?, query_time_ms}; `question`: q, scope, mode, role, from, until, limit, cursor. */
export const find = (question, signal) => request("GET", "/api/search", { query: question, signal })
