// The chat: one conversation, or a new one.

import * as chat from "../api/chat.js"
import { announce } from "../core/announcer.js"
import { button, emptyState, errorNote, iconButton, messageOf, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { icon } from "../core/icons.js"
import { addKey } from "../core/keys.js"
import * as router from "../core/router.js"
import { toast, toastError } from "../core/toast.js"
import { conversationMenu, move } from "../sidebar/conversation-menu.js"
import * as sessions from "../sessions/sessions.js"
import { createComposer } from "./composer.js"
import { createLog } from "./log.js"
import { Thread } from "./thread.js"
import { welcome } from "./welcome.js"

export async function mount(root, { route, signal, setTitle, setTools }) {
  const page = new ChatPage(root, signal, { setTitle, setTools })
  page.open(route)
  return { update: (next) => page.open(next) }
}

class ChatPage {
  constructor(root, signal, frame) {
    this.signal = signal
    this.frame = frame
    this.thread = null
    this.models = []
    this.head = h("header", { class: "chat-head" })
    this.body = h("div", { class: "chat-body" })
    this.log = createLog(this.#actions(), signal)
    this.composer = createComposer({ onSend: (text, how) => this.#send(text, how), onStop: () => this.thread.stop(), signal })
    this.binned = h("div", { class: "note binned", hidden: true }, icon("bin"), h("p", { text: "This conversation is in the bin: nothing can be said here." }),
      button({ label: "Restore", icon: "restore", onClick: () => move(this.thread.head, "open") }))
    fill(root, this.head, this.body, this.binned, this.composer.element)
    signal.addEventListener("abort", () => this.thread?.leave())
    chat.models(signal).then((models) => { this.models = models; this.composer.setModels(models) }, () => {})
    sessions.on("change", () => this.#drawHead(), signal)
    this.#keys()
  }

  #keys() {
    const group = "Chat"
    addKey({ combo: "c", label: "Write a message", group, run: () => this.composer.focus(), signal: this.signal })
    addKey({ combo: "mod+.", label: "Stop the answer", group, typing: true, run: () => this.#stop(), signal: this.signal })
    const isWriting = () => this.composer.element.contains(document.activeElement)
    addKey({ combo: "Escape", label: "Stop the answer, while writing", group, typing: true, run: () => isWriting() && this.#stop(), signal: this.signal })
    addKey({ combo: "e", label: "Edit the last message", group, run: () => this.#editLast(), signal: this.signal })
    addKey({ combo: "r", label: "Answer again", group, run: () => this.#againLast(), signal: this.signal })
  }

  /** Answers whether there was an answer to stop. */
  #stop() {
    const isComing = this.thread?.active != null
    if (isComing) this.thread.stop()
    return isComing
  }

  #editLast() {
    const tools = [...this.body.querySelectorAll(".edit-button")]
    tools.at(-1)?.click()
  }

  #againLast() {
    const answer = this.thread?.path.findLast((message) => message.role === "assistant" && !message.local)
    if (answer && !this.thread.isBinned) this.thread.regenerate(answer, this.composer.model())
  }

  /** What a message on the screen can ask for. */
  #actions() {
    return {
      announce,
      trouble: toastError,
      showsModels: () => this.models.length > 1,
      choose: (message) => this.thread.choose(message.id),
      regenerate: (message) => this.thread.regenerate(message, this.composer.model()),
      edit: (message, text) => {
        this.thread.send(text, { parentId: message.parent_id ?? null, model: this.composer.model() })
        this.log.scrollToEnd()
      },
      takeBack: (message) => this.composer.insert(this.thread.takeBack(message)),
    }
  }

  /** Follows an address. Answers true: the view is never mounted anew. */
  open(route) {
    const id = route.params.id ?? null
    if (this.thread && id !== null && this.thread.id === id) {
      if (route.hash) this.#reveal(route.hash)
      return true
    }
    this.thread?.leave()
    const thread = new Thread(id)
    this.thread = thread
    this.welcome = null
    const mine = (listener) => (detail) => { if (this.thread === thread) listener(detail) }
    thread.on("change", mine(() => this.#draw()))
    thread.on("text", mine((message) => this.log.drawText(message)))
    thread.on("head", mine(() => this.#drawHead()))
    thread.on("idle", () => (this.thread === thread ? this.#ended() : this.#endedElsewhere(thread)))
    thread.on("trouble", mine(toastError))
    thread.on("created", mine(() => this.#created()))
    thread.on("erased", mine(() => { toast("This conversation was erased."); router.navigate("/", { replace: true }) }))
    this.composer.setPlace(id)
    this.#drawHead()
    this.#load(thread, route.hash)
    if (matchMedia("(pointer: fine)").matches) this.composer.focus()
    return true
  }

  async #load(thread, hash) {
    if (thread.id) fill(this.body, spinner())
    try {
      await thread.load(this.signal)
      if (thread === this.thread && hash) await this.#reveal(hash)
    } catch (error) {
      if (thread !== this.thread || this.signal.aborted) return
      this.#drawFailure(thread, error)
    }
  }

  #drawFailure(thread, error) {
    if (error.status === 404 || error.status === 422) {
      this.composer.element.hidden = true
      fill(this.body, emptyState({
        icon: "info", title: "There is no such conversation", text: "It may have been erased, or the address is not whole.",
        action: button({ label: "Begin a new one", look: "primary", onClick: () => router.navigate("/") }),
      }))
      return
    }
    fill(this.body, errorNote({ error, onRetry: () => this.#load(thread) }))
  }

  async #reveal(id) {
    if (await this.thread.reveal(id, this.signal)) this.log.show(id)
    else toast("This message is not in the conversation any more.")
  }

  #send(text, { model, saveMemory }) {
    this.thread.send(text, { model, saveMemory, sessionId: this.welcome?.sessionId() ?? null })
    this.log.scrollToEnd()
    announce("Sent")
  }

  #created() {
    router.rename(`/c/${this.thread.id}`)
    this.composer.movePlace(this.thread.id)
  }

  #ended() {
    const last = this.thread.path.at(-1)
    const words = { stopped: "The answer was stopped", interrupted: "The answer was interrupted" }
    // a note says that no other answer came
    if (this.thread.path.some((message) => message.refusal)) return
    if (last?.failure) announce(`${words[last.status] ?? "No answer"}. ${messageOf(last.failure.error)}`)
    else if (last?.role === "assistant") announce(words[last.status] ?? "End of the answer")
  }

  /** What went wrong with a message that is not on the screen any more. */
  #endedElsewhere(thread) {
    const failed = thread.path.find((message) => message.failure && message.entry)
    if (!failed) return
    toast("A message could not be sent.", { danger: true, action: { label: "Show it", run: () => router.navigate(thread.id ? `/c/${thread.id}` : "/") } })
  }

  #draw() {
    const { active, path } = this.thread
    this.composer.setBusy(active !== null, active?.stopping ?? false)
    if (path.length === 0) {
      if (this.thread.id) {
        fill(this.body, emptyState({ icon: "chat", title: "Nothing was said here yet" }))
      } else if (!this.welcome) {
        this.welcome = welcome({ onIdea: (text) => this.composer.insert(text), signal: this.signal })
        fill(this.body, this.welcome.element)
      }
      return
    }
    if (this.log.element.parentElement !== this.body) fill(this.body, this.log.element)
    this.log.draw(this.thread)
  }

  #drawHead() {
    const head = this.thread?.head
    const title = head?.title ?? (this.thread?.id ? "" : "New conversation")
    this.binned.hidden = head?.status !== "deleted"
    this.composer.element.hidden = !this.binned.hidden
    const more = () => head && iconButton({ label: "About this conversation", icon: "more", "aria-haspopup": "menu", onClick: (event) => conversationMenu(head, event.currentTarget) })
    this.frame.setTitle(head ? head.title || "Untitled" : title)
    this.frame.setTools(more())
    const session = head?.session_id && sessions.byId(head.session_id)
    const state = { archived: "Archived", deleted: "In the bin" }[head?.status]
    fill(this.head, h("h1", { class: "chat-title", text: head && !head.title ? "Untitled" : title }),
      session && h("span", { class: "chip", title: "Session", text: session.name }), state && h("span", { class: "chip", text: state }), more())
  }
}
