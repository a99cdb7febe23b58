// Who is logged in here, and the access token that says so. The token is nowhere but in memory; what renews it is a cookie
// that no script can read. All tabs of a browser are one login: they share each new token, and end together.

import { errorOf, send } from "../api/http.js"
import { emitter } from "../core/emitter.js"
import { forgetHere } from "../core/forget.js"
import { href } from "../core/router.js"
import * as storage from "../core/storage.js"
import { exclusively } from "./exclusively.js"

/** Whether people log in at all; otherwise whoever reaches the server is trusted, and nothing here does anything. */
export const isRequired = document.querySelector("meta[name=jarvis-auth]")?.content === "required"

/** A token that is good no longer than this is renewed before it is used. */
const NEARLY_MS = 30_000
/** What the browser keeps: {id, name, isOver, ended} of whoever logged in last. */
const KEPT = "login"
const REFUSED = ["token_expired", "invalid_token", "unauthenticated"]

const changes = emitter()
/** {token, until (ms), user: {id, name, role, permissions}}. */
let present = null
let renewing = null
const others = isRequired ? new BroadcastChannel(`jarvis.login ${href("/")}`) : null
others?.addEventListener("message", ({ data }) => hear(data))

/** Tells "began", and "over" with what ended it: "left" (somebody logged out) or "ended". */
export const on = changes.on

/** {id, name, role, permissions}; null when nobody is. */
export const who = () => present?.user ?? null

export const administers = () => who()?.permissions.includes("admin") ?? false

/** {id, name, ended (whether the login is over without their doing)} of whoever logged in last in this browser; or null. */
export const last = () => storage.readJson(KEPT)

/** Whether a failure says that the access token is not good, or not any more. */
export const isRefused = ({ status, code }) => status === 401 && REFUSED.includes(code)

/** Goes on with the login of this browser; answers whether there is one. */
export async function resume() {
  const kept = last()
  if (!kept || kept.isOver) return false
  try {
    await token()
    return true
  } catch (error) {
    if (error.status === 401) return false
    throw error
  }
}

/** A token that is good for a while; null where nobody logs in. */
export async function token() {
  if (!isRequired) return null
  return isGood() ? present.token : renew(present?.token ?? null)
}

/** Another token than `stale`. Fails with status 401 when the login is over. */
export async function renew(stale) {
  if (isGood() && present.token !== stale) return present.token
  renewing ??= exclusively(() => exchange(stale)).finally(() => { renewing = null })
  return renewing
}

function isGood() {
  return present !== null && present.until - Date.now() > NEARLY_MS
}

async function exchange(stale) {
  // another tab was faster
  if (isGood() && present.token !== stale) return present.token
  const response = await send("POST", "/api/auth/refresh", { lasting: true, also: [401] })
  const answer = await response.json()
  if (response.status === 401) {
    over("ended")
    throw errorOf(401, answer, (name) => response.headers.get(name))
  }
  begin(answer)
  return present.token
}

/** Somebody has logged in: `tokens` is what the server answered. */
export function begin(tokens) {
  const user = { id: tokens.user_id, name: tokens.username, role: tokens.role, permissions: tokens.permissions }
  take({ token: tokens.access_token, until: Date.now() + tokens.expires_in * 1_000, user })
  others.postMessage({ kind: "began", login: present })
}

function take(login) {
  const before = last()
  // what somebody else has not sent, or has looked for, is not for these eyes
  if (before && before.id !== login.user.id) forgetHere()
  present = login
  storage.writeJson(KEPT, { id: login.user.id, name: login.user.name, isOver: false })
  changes.emit("began")
}

/** The login was ended by whoever has it. */
export function left() {
  over("left")
  others.postMessage({ kind: "over", why: "left" })
}

function over(why) {
  const kept = last()
  present = null
  if (why === "left") forgetHere()
  // who leaves may share the machine with others
  if (kept) storage.writeJson(KEPT, { id: kept.id, name: why === "left" ? "" : kept.name, isOver: true, ended: why === "ended" })
  changes.emit("over", why)
}

function hear({ kind, login, why }) {
  if (kind === "over") over(why)
  // somebody else has logged in: this tab shows what was the other's
  else if (present && present.user.id !== login.user.id) changes.emit("over", "ended")
  else take(login)
}
