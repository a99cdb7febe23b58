// Logging in and what belongs to an account.

import * as login from "../access/login.js"
import { request } from "./client.js"
import { send } from "./http.js"

/** {mode, registration ("open", "invite" or "closed"), needs_setup, can_take_over}. */
export const entrance = async (signal) => (await send("GET", "/api/auth", { signal })).json()

/** Logs in; fails with the code "too_many_attempts" and `retryAfter` after too many tries. */
export const logIn = (username, password) => enter("/api/auth/login", { username, password })

/** Makes an account and logs it in; `fields`: username, password, and setup_token with take_over?, or invite?. */
export async function register(fields) {
  await enter("/api/auth/register", fields)
  // a new account is in UTC; it can be told otherwise any time
  await setTimeZone(timeZoneHere()).catch(() => {})
}

async function enter(path, body) {
  const response = await send("POST", path, { body: { ...body, cookie: true } })
  login.begin(await response.json())
}

/** Ends this login, or all of them. */
export async function logOut({ everywhere = false } = {}) {
  await request("POST", "/api/auth/logout", { body: { everywhere } })
  login.left()
}

/** {user_id, username, role, permissions, time_zone, quotas, messages, tokens, …}. */
export const me = (signal) => request("GET", "/api/auth/whoami", { signal })

/** The time zone of this browser. */
export const timeZoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone

export const setTimeZone = (zone) => request("PATCH", "/api/me", { body: { time_zone: zone } })

/** Answers what ended and what stayed: {ended_sessions, removed_keys, remaining_keys}. */
export const changePassword = (present, next, removeKeys = false) =>
  request("POST", "/api/auth/password", { body: { current_password: present, new_password: next, remove_keys: removeKeys } })

/** Logins, newest first: [{id, label, current, created_at, used_at, expires_at}]. */
export const logins = async (signal) => (await request("GET", "/api/auth/sessions", { signal })).sessions

export const endLogin = (id) => request("DELETE", `/api/auth/sessions/${id}`)

/** Keys of programs, newest first. */
export const keys = async (signal) => (await request("GET", "/api/auth/keys", { signal })).keys

/** {name, permissions, expires_in_days?}; the answer has the `key`, this once. */
export const makeKey = (fields) => request("POST", "/api/auth/keys", { body: fields })

export const removeKey = (id) => request("DELETE", `/api/auth/keys/${id}`)
