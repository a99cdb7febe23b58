// What was done to accounts, keys and everything else that is worth a trace.

import { request } from "./client.js"

/** A page, newest first: {entries, next_cursor}. `filter`: actor, act, object, subject, from, to, cursor, limit. */
export const list = (filter, signal) => request("GET", "/api/admin/audit", { query: filter, signal })

/** Goes through all of it: {intact, entries, head: {seq, hash}?, first_broken: null or {id, seq, why}}. */
export const verify = () => request("POST", "/api/admin/audit/verify")
