// One conversation while it is on the screen, or while something of it is on its way: what was said, which branch is
// shown, and the answer that comes. It draws nothing; it tells "change" (messages), "text" (a piece came) and "head".

import * as chat from "../api/chat.js"
import * as conversations from "../api/conversations.js"
import { emitter } from "../core/emitter.js"
import * as live from "../core/live.js"
import { followAnswer } from "./follow.js"
import { newKey } from "../core/random-key.js"
import * as outbox from "./outbox.js"
import { isOf, pageOf } from "./stored.js"
import { createTree } from "./tree.js"

const FIRST_PAGE = 60
const OLDER_PAGE = 100
/** Pages read in one go while looking for where a branch began. */
const PAGES_AT_ONCE = 10
/** What was sent longer ago than this is not sent again without asking. */
const RESEND_MS = 10 * 60_000
/** When somebody else has spoken here, the answer is looked for after these waits. */
const LOOKS_MS = [400, 1_000, 2_000, 4_000, 8_000]

export class Thread {
  /** `id` is null for a conversation that does not exist yet. */
  constructor(id) {
    this.id = id
    this.head = null
    this.tree = createTree()
    this.leafId = null
    this.hasMore = false
    /** The answer that comes: {user, answer (messages), before (the leaf that was shown), messageId, waiting, stopping}. */
    this.active = null
    this.isShown = true
    this.changes = emitter()
    this.on = this.changes.on
    this.closing = new AbortController()
    if (id) this.#listen()
  }

  /** The messages of the branch that is shown, oldest first. */
  get path() {
    return this.leafId ? this.tree.path(this.leafId) : []
  }

  /** Whether it is in the bin: it can be read, and nothing can be said or asked in it. */
  get isBinned() {
    return this.head?.status === "deleted"
  }

  /** Reads the latest messages, and goes on with whatever is on its way. */
  async load(signal) {
    if (this.id) {
      const [running, page] = await Promise.all([chat.running(signal), conversations.history(this.id, { limit: FIRST_PAGE }, signal)])
      this.#take(page)
      const here = running.find((answer) => answer.conversation_id === this.id)
      if (here && !this.active) this.#join(here)
    }
    this.#resend()
    this.changes.emit("change")
  }

  #take(page) {
    this.head = page.conversation
    // so much was missed that what is known does not meet what is new
    const isCut = this.tree.size > 0 && !this.active && page.has_more && !page.messages.some(({ id }) => this.tree.has(id))
    if (isCut) this.tree = createTree()
    const first = this.tree.size === 0
    if (first) this.hasMore = page.has_more
    for (const message of page.messages) this.tree.put(message)
    if (first || !this.leafId) this.leafId = this.tree.latest()?.id ?? null
    else if (!this.active) this.leafId = this.tree.leafBelow(this.leafId)
    this.changes.emit("head")
  }

  /** Reads older messages until the branch on the screen has grown; answers whether it has. */
  async loadOlder(signal) {
    const before = this.path.length
    for (let page = 0; page < PAGES_AT_ONCE && this.hasMore; page += 1) {
      const oldest = this.tree.oldest()
      const older = await conversations.history(this.id, { limit: OLDER_PAGE, before: oldest?.id }, signal)
      for (const message of older.messages) this.tree.put(message)
      this.hasMore = older.has_more
      if (this.path.length > before) break
    }
    this.changes.emit("change")
    return this.path.length > before
  }

  /** Shows the branch that `id` is on; reads as far back as needed. Answers whether there is such a message. */
  async reveal(id, signal) {
    while (!this.tree.has(id) && this.hasMore) await this.loadOlder(signal)
    if (!this.tree.has(id)) return false
    this.choose(id)
    return true
  }

  /** Shows the branch that goes on behind a message. */
  choose(id) {
    this.leafId = this.tree.leafBelow(id)
    this.changes.emit("change")
  }

  /** Says something behind `parentId` (null: at the beginning; undefined: at the end of what is shown). */
  send(text, { parentId, model, sessionId, saveMemory } = {}) {
    const follows = parentId === undefined ? this.leafId : parentId
    const body = { message: text, model: model ?? undefined, save_memory: saveMemory === false ? false : undefined }
    if (this.id) Object.assign(body, { conversation_id: this.id, parent_id: follows })
    else if (sessionId) body.session_id = sessionId
    const entry = { key: newKey(), at: Date.now(), conversation_id: this.id, body }
    outbox.keep(entry)
    this.#post(this.#place(entry), entry)
  }

  /** Puts what waits in the outbox where it will stand. */
  #place(entry) {
    const user = this.tree.put({
      id: entry.key, local: true, role: "user", content: entry.body.message, parent_id: entry.body.parent_id ?? null,
      status: "complete", created_at: new Date(entry.at).toISOString(), entry,
    })
    this.leafId = user.id
    return user
  }

  #resend() {
    if (this.id) for (const entry of outbox.waitingFor(null)) if (this.tree.some((message) => isOf(entry, message))) outbox.drop(entry.key)
    for (const entry of outbox.waitingFor(this.id)) {
      if (this.tree.has(entry.key)) continue
      if (this.tree.some((message) => isOf(entry, message))) {
        outbox.drop(entry.key)
        continue
      }
      const user = this.#place(entry)
      if (!this.active && !entry.failed && Date.now() - entry.at < RESEND_MS) this.#post(user, entry)
      else user.failure = { error: new Error(entry.failed ?? "this message was not sent yet"), retry: () => this.#post(user, entry) }
      if (this.id === null) break
    }
  }

  #post(user, entry) {
    user.failure = null
    const open = (signal) => chat.send(entry.body, entry.key, signal)
    this.#follow({ user, open, entry, retry: () => this.#post(user, entry) })
  }

  /** Takes back what could not be sent; answers its text. */
  takeBack(user) {
    outbox.drop(user.entry.key)
    this.leafId = user.parent_id
    this.tree.remove(user.id)
    this.changes.emit("change")
    return user.content
  }

  /** Asks for another answer: `message` is an answer, or what a person said. */
  regenerate(message, model) {
    const user = message.role === "user" ? message : this.tree.get(message.parent_id)
    if (!user || this.active || this.isBinned) return
    user.failure = null
    const key = newKey()
    const open = (signal) => chat.regenerate(message.id, { model: model ?? undefined }, key, signal)
    this.#follow({ user, open, retry: () => this.regenerate(message, model) })
  }

  /** Reads an answer that was begun before, or elsewhere. */
  #join({ message_id: messageId, user_message_id: userId, model }) {
    const user = this.tree.get(userId)
    if (!user || this.active) return
    const known = this.tree.get(messageId)
    if (known && !known.isComing) return
    this.#follow({ user, messageId, model, retry: () => this.regenerate(user) })
  }

  async #follow({ user, open, messageId = null, model = null, entry = null, retry }) {
    const stopping = new AbortController()
    const answer = this.tree.put({
      id: messageId ?? `answer-${newKey()}`, local: true, isComing: true, role: "assistant", content: "", parent_id: user.id,
      status: "complete", model, created_at: new Date().toISOString(), metadata: {},
    })
    this.#forgetRefusals()
    const before = this.tree.has(this.leafId) ? this.tree.get(this.leafId) : user
    const active = { user, answer, before, messageId, waiting: false, stopping: false, leaving: stopping }
    this.active = active
    this.leafId = answer.id
    this.changes.emit("change")
    const on = {
      start: (start) => this.#begin(active, start, entry),
      memory: (used) => { answer.metadata.memories_used = used; this.changes.emit("change") },
      text: (piece) => { answer.content += piece; this.changes.emit("text", answer) },
      waiting: (waiting) => { if (active.waiting !== waiting) { active.waiting = waiting; this.changes.emit("change") } },
    }
    try {
      const whole = await followAnswer({ open, messageId, signal: AbortSignal.any([stopping.signal, this.closing.signal]), on })
      this.#end(active, whole)
    } catch (error) {
      if (stopping.signal.aborted || this.closing.signal.aborted) this.#forget(active)
      else this.#fail(active, error, retry)
    }
    this.changes.emit("change")
    this.changes.emit("idle")
  }

  #begin(active, start, entry) {
    if (entry) outbox.drop(entry.key)
    active.messageId = start.message_id
    this.tree.rename(active.user.id, start.user_message_id)
    this.tree.rename(active.answer.id, start.message_id)
    Object.assign(active.user, { local: false, entry: null, failure: null, position: active.user.position ?? this.#nextPosition() })
    active.answer.model = start.model
    this.leafId = start.message_id
    this.#become(start.conversation_id)
    if (active.stopping) this.#askToStop(active)
    if (!this.isShown) active.leaving.abort()
    this.changes.emit("change")
  }

  #nextPosition() {
    const latest = this.tree.latest()
    return Number.isFinite(latest?.position) ? latest.position + 1 : undefined
  }

  #end(active, whole) {
    const { answer, user } = active
    Object.assign(answer, {
      content: whole.content, model: whole.model, created_at: whole.timestamp, local: false, isComing: false,
      status: { stopped: "stopped", interrupted: "interrupted" }[whole.finish_reason] ?? "complete",
      position: answer.position ?? this.#nextPosition(),
      metadata: { ...answer.metadata, memories_used: whole.memories_used, memory_saved: whole.memory_saved, finish_reason: whole.finish_reason },
    })
    user.failure = null
    this.active = null
  }

  /** The message is stored and only its answer is missing: from now on it is a message like the others. */
  async #settle(user, entry, error) {
    outbox.keep({ ...entry, failed: error.message })
    const page = await pageOf(entry, this.closing.signal).catch(() => null)
    if (!page || this.active || !user.local) return
    const stored = page.messages.find((message) => isOf(entry, message))
    outbox.drop(entry.key)
    this.#become(page.conversation.id)
    this.head = page.conversation
    this.leafId = stored.id
    this.tree.put(stored)
    this.tree.rename(user.id, stored.id)
    Object.assign(user, { local: false, entry: null, failure: { error, retry: () => this.regenerate(user) } })
    this.changes.emit("head")
    this.changes.emit("change")
  }

  /** A new conversation got its id. */
  #become(id) {
    if (this.id !== null) return
    this.id = id
    this.#listen()
    this.changes.emit("created")
    this.#readHead()
  }

  /** The news of a conversation's beginning came before its id was known here. */
  async #readHead() {
    const head = await conversations.get(this.id, this.closing.signal).catch(() => null)
    if (!head || this.head) return
    this.head = head
    this.changes.emit("head")
  }

  #fail(active, error, retry) {
    const { answer, user } = active
    this.active = null
    answer.isComing = false
    if (active.messageId && answer.content) {
      // what came of it is kept by the server too
      Object.assign(answer, { status: "interrupted", local: false, failure: { error } })
    } else {
      this.#takeOut(active)
      // an answer that is there stays, and says that no other came
      const other = this.path.find((message) => message.parent_id === user.id)
      if (other?.role === "assistant") other.refusal = { error, retry }
      else user.failure = { error, retry }
    }
    if (error.code === "generation_running") this.#lookForAnswer()
    else if (user.entry && error.status !== 0) this.#settle(user, user.entry, error)
  }

  /** Nobody watches any more; the answer is produced and stored all the same. */
  #forget(active) {
    this.active = null
    this.#takeOut(active)
  }

  /** No answer came: what was shown before is shown again. */
  #takeOut({ answer, before }) {
    const isShown = this.leafId === answer.id
    this.tree.remove(answer.id)
    if (isShown) this.leafId = before.id
  }

  /** What was refused in the bin is not refused any more; what was not sent yet still says so. */
  #forgetFailures() {
    this.#forgetRefusals()
    for (const message of this.path) if (!message.local) message.failure = null
  }

  #forgetRefusals() {
    for (const message of this.path) message.refusal = null
  }

  /** Ends the answer where it is. One that has not begun is stopped as soon as it has. */
  stop() {
    if (!this.active || this.active.stopping) return
    this.active.stopping = true
    if (this.active.messageId) this.#askToStop(this.active)
    this.changes.emit("change")
  }

  #askToStop(active) {
    chat.stop(active.messageId).catch((error) => {
      active.stopping = false
      this.changes.emit("trouble", error)
    })
  }

  #listen() {
    const { signal } = this.closing
    live.follow(`conversation:${this.id}`, signal)
    live.on("message_created", ({ message }) => { if (message.conversation_id === this.id) this.#hear(message) }, signal)
    const update = ({ conversation }) => {
      if (conversation.id !== this.id) return
      const returned = this.isBinned && conversation.status !== "deleted"
      const moved = this.isBinned !== (conversation.status === "deleted")
      this.head = conversation
      if (returned) this.#forgetFailures()
      this.changes.emit("head")
      if (moved) this.changes.emit("change")
    }
    live.on("conversation_updated", update, signal)
    live.on("conversation_erased", ({ conversation_id: id }) => { if (id === this.id) this.changes.emit("erased") }, signal)
    live.on("missed", () => this.load(signal).catch((error) => { if (error.status === 404) this.changes.emit("erased") }), signal)
  }

  /** A message was stored: our own, whose place in the order is now known, or one that was said elsewhere. */
  #hear(message) {
    const known = this.tree.get(message.id)
    if (known) {
      if (known.isComing) Object.assign(known, { position: message.position })
      else this.tree.put(message)
      return
    }
    // our own, heard before the answer to our request came
    if (this.active && !this.active.messageId) return
    this.tree.put(message)
    if (this.leafId === (message.parent_id ?? null) || this.leafId === null) this.leafId = message.id
    this.changes.emit("change")
    if (message.role === "user" && !this.active) this.#lookForAnswer()
  }

  async #lookForAnswer() {
    for (const wait of LOOKS_MS) {
      await new Promise((resolve) => { setTimeout(resolve, wait) })
      if (this.active || this.closing.signal.aborted) return
      const running = await chat.running(this.closing.signal).catch(() => [])
      const here = running.find((answer) => answer.conversation_id === this.id)
      if (here && !this.tree.has(here.user_message_id)) await this.load(this.closing.signal).catch(() => {})
      else if (here) return this.#join(here)
    }
  }

  /** It left the screen: what is on its way to the server still goes there, what is being read is left. */
  leave() {
    this.isShown = false
    if (!this.active) this.close()
    else if (this.active.messageId) this.active.leaving.abort()
    this.on("idle", () => { if (!this.isShown) this.close() })
  }

  close() {
    this.closing.abort()
  }
}
