// What administrators do with accounts and invitations.

import { request } from "./client.js"

const of = (id) => `/api/admin/users/${id}`

/** A page, newest first: {users, next_cursor?, total}. `filter`: username (exact), cursor, limit. */
export const list = (filter, signal) => request("GET", "/api/admin/users", { query: filter, signal })

/** {username, role, password?}; without a password one is made, and answered this once. */
export const add = (fields) => request("POST", "/api/admin/users", { body: fields })

/** Changes role, disabled, time_zone or quotas; answers the account. */
export const patch = (id, changes) => request("PATCH", of(id), { body: changes })

/** Another password, `next` or one that is made and answered this once. */
export const resetPassword = (id, next) => request("POST", `${of(id)}/password`, { body: { new_password: next || null } })

export const endLogins = (id) => request("DELETE", `${of(id)}/sessions`)

/** Erases everything of somebody and their account; answers the receipt. */
export const erase = (id) => request("DELETE", of(id))

/** Invitations that are still good: [{id, role, created_by, created_at, expires_at}]. */
export const invites = async (signal) => (await request("GET", "/api/admin/invites", { signal })).invites

/** {role, expires_in_days}; the answer has the `invite`, this once. */
export const invite = (fields) => request("POST", "/api/admin/invites", { body: fields })

export const withdraw = (id) => request("DELETE", `/api/admin/invites/${id}`)
