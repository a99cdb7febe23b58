// The WebSocket that tells what changes elsewhere: another tab, another device, a program. It carries news only; answers
// come over HTTP. Lost, it comes back by itself, waiting longer each time.

import { emitter } from "./emitter.js"
import { href } from "./router.js"

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000

const news = emitter()
const channels = new Set(["conversations"])
let socket = null
let waitMs = FIRST_WAIT_MS
let timer = 0
let state = "connecting"

/**
 * Listens to one kind of event: "conversation_updated", "conversation_erased", "message_created", "memory_created",
 * "system_status"; or to what is said here: "missed" (read again what you show: after a gap too) and "state".
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
  addEventListener("online", soon)
  addEventListener("offline", () => setState("offline"))
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && state !== "online") soon()
  })
}

/** Tries at once instead of when the wait is over. */
export function soon() {
  if (socket && socket.readyState <= WebSocket.OPEN) return
  waitMs = FIRST_WAIT_MS
  clearTimeout(timer)
  connect()
}

function connect() {
  const address = new URL(href("/ws"), location.href)
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
  const opened = new WebSocket(address)
  socket = opened
  let wasOpen = false
  opened.addEventListener("open", () => {
    wasOpen = true
    say({ type: "subscribe", channels: [...channels] })
    waitMs = FIRST_WAIT_MS
    const returned = state === "offline"
    setState("online")
    if (returned) news.emit("missed", {})
  })
  opened.addEventListener("message", (event) => hear(event.data))
  opened.addEventListener("close", () => {
    if (socket !== opened) return
    socket = null
    if (wasOpen || state === "connecting") setState("offline")
    // spread, so that a server that comes back is not met by everybody at once
    timer = setTimeout(connect, waitMs * (0.75 + Math.random() / 2))
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
  })
}

function say(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}

function hear(text) {
  let message
  try {
    message = JSON.parse(text)
  } catch {
    return
  }
  news.emit(message.type, message)
}

function setState(next) {
  if (next === state) return
  state = next
  news.emit("state", next)
}
