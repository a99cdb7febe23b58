// The WebSocket that tells what changes elsewhere: another tab, another device, a program. It carries news only; answers
// come over HTTP. Lost, it comes back by itself, waiting longer each time.

import * as login from "../access/login.js"
import { emitter } from "./emitter.js"
import { href } from "./router.js"

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
/** Asked this often whether it still hears; without a word for longer than the silence the socket is taken for dead. */
const PING_MS = 20_000
const SILENCE_MS = 50_000
/** Closed with this code, a socket had a login that is over. */
const NOT_WELCOME = 1008

const news = emitter()
const channels = new Set(["conversations"])
let socket = null
let waitMs = FIRST_WAIT_MS
let timer = 0
let state = "connecting"
let heardAt = 0
let isConnecting = false
/** The access token that the server refused last. */
let refused = null

/**
 * Listens to one kind of event: "conversation_updated", "conversation_erased", "message_created", "memory_created",
 * "data_erased", "system_status"; or to what is said here: "missed" (read again what you show: after a gap too) and "state".
 */
export const on = news.on

/** "connecting", "online" or "offline". */
export function connection() {
  return state
}

/** Also listens to `channel` until `signal` aborts: "conversation:ID" or "system". */
export function follow(channel, signal) {
  channels.add(channel)
  say({ type: "subscribe", channels: [channel] })
  signal.addEventListener("abort", () => {
    channels.delete(channel)
    say({ type: "unsubscribe", channels: [channel] })
  })
}

export function startLive() {
  connect()
  setInterval(checkPulse, PING_MS)
  addEventListener("online", soon)
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return
    if (state === "online") checkPulse()
    else soon()
  })
}

/** A machine that slept, or a network that went away, closes no socket. */
function checkPulse() {
  // a browser slows the clocks of hidden pages down
  if (document.hidden || socket?.readyState !== WebSocket.OPEN) return
  if (Date.now() - heardAt > SILENCE_MS) {
    const dead = socket
    lost(dead)
    dead.close()
  } else say({ type: "ping" })
}

/** Tries at once instead of when the wait is over. */
function soon() {
  if (socket && socket.readyState <= WebSocket.OPEN) return
  waitMs = FIRST_WAIT_MS
  clearTimeout(timer)
  connect()
}

async function connect() {
  if (isConnecting) return
  isConnecting = true
  try {
    open(await (refused ? login.renew(refused) : login.token()))
  } catch {
    tryLater()
  } finally {
    isConnecting = false
  }
}

/** `token` says who listens; null where nobody logs in. It is no part of the address, which is written into logs. */
function open(token) {
  const address = new URL(href("/ws"), location.href)
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
  const opened = new WebSocket(address)
  socket = opened
  refused = null
  opened.addEventListener("open", () => {
    heardAt = Date.now()
    if (token) say({ type: "auth", token })
    say({ type: "subscribe", channels: [...channels] })
    waitMs = FIRST_WAIT_MS
    const returned = state === "offline"
    setState("online")
    if (returned) news.emit("missed", {})
  })
  opened.addEventListener("message", (event) => hear(event.data, token))
  opened.addEventListener("close", ({ code }) => {
    if (code === NOT_WELCOME) refused = token
    lost(opened)
  })
}

function lost(which) {
  if (socket !== which) return
  socket = null
  tryLater()
}

function tryLater() {
  setState("offline")
  clearTimeout(timer)
  // spread, so that a server that comes back is not met by everybody at once
  timer = setTimeout(connect, waitMs * (0.75 + Math.random() / 2))
  waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
}

function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

function hear(text, token) {
  heardAt = Date.now()
  let message
  try {
    message = JSON.parse(text)
  } catch {
    return
  }
  if (message.type === "error" && token && login.isRefused({ status: 401, code: message.code })) {
    refused = token
    socket?.close()
  }
  news.emit(message.type, message)
}

function setState(next) {
  if (next === state) return
  state = next
  news.emit("state", next)
}
