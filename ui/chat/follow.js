// Follows one answer to its end, through lost connections: no piece of text is lost and none comes twice, because each
// event says how many bytes of text there are so far, and reading goes on behind them.

import * as chat from "../api/chat.js"
import { ApiError } from "../api/http.js"
import { events } from "../api/events.js"
import * as live from "../core/live.js"

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** Sending is tried this often by itself when no answer comes at all; then the person decides. */
const SEND_TRIES = 4
/** The server says something at least every 15 seconds; after this silence the connection is taken for dead. */
const SILENCE_MS = 45_000
/** Our own first try is still on its way to the model. */
const RUNNING = "idempotency_running"

/**
 * `open(signal)` asks for the answer and `messageId` is null; or `messageId` names an answer that is running already.
 * Tells `on`: start({message_id, user_message_id, conversation_id, model}), memory([…]), text(piece), waiting(whether
 * the connection is lost). Answers the whole answer, or fails with an ApiError: then it has ended, or nothing was begun.
 */
export async function followAnswer({ open, messageId = null, signal, on }) {
  let lastId = null
  let waitMs = FIRST_WAIT_MS
  let tries = 0
  for (;;) {
    let isLost = true
    try {
      const attempt = watch(signal)
      // sending waits as long as the model does; what is running already answers at once
      if (messageId) attempt.alive()
      const response = messageId ? await chat.read(messageId, lastId, attempt.signal) : await open(attempt.signal)
      on.waiting(false)
      attempt.alive()
      for await (const event of events(response, attempt.alive)) {
        waitMs = FIRST_WAIT_MS
        if (event.id != null) lastId = event.id
        if (event.name === "start") {
          messageId = event.data.message_id
          on.start(event.data)
        } else if (event.name === "memory") on.memory(event.data.memories_used)
        else if (event.name === "token") on.text(event.data.text)
        else if (event.name === "done") return event.data
        else if (event.name === "error") throw ended(event.data.error)
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      tries += 1
      if (!comesBack(error, messageId !== null, tries)) throw error
      isLost = error.code !== RUNNING
    }
    on.waiting(isLost)
    await pause(waitMs, signal)
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
  }
}

/** An end that the stream told. A server that is going down has not ended the answer: the next one knows. */
function ended(error) {
  const failure = new ApiError(error.message, { status: 500, code: error.code })
  failure.isEnd = error.code !== "draining"
  return failure
}

function comesBack(error, begun, tries) {
  if (error.isEnd) return false
  if (!(error instanceof ApiError)) return true
  if (begun) return error.isPassing || error.code === "draining"
  if (error.code === RUNNING) return true
  return error.status === 0 && tries < SEND_TRIES
}

/** A signal of one connection: aborted by `outer`, and when nothing comes for too long. */
function watch(outer) {
  const controller = new AbortController()
  let timer = 0
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.abort(), SILENCE_MS)
  }
  outer.addEventListener("abort", () => {
    clearTimeout(timer)
    controller.abort()
  }, { once: true })
  return { signal: controller.signal, alive }
}

/** Waits, but not longer than until the server is there again. */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const go = () => {
      over.abort()
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(go, ms)
    live.on("state", (state) => { if (state === "online") go() }, over.signal)
    signal.addEventListener("abort", () => {
      over.abort()
      clearTimeout(timer)
      reject(signal.reason)
    }, { once: true })
  })
}
