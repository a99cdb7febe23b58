// One message on the screen. A view stays with its message while that changes; `update` draws only what is different.

import { button, errorNote, iconButton, messageOf } from "../core/controls.js"
import { copyButton } from "../core/copy.js"
import { fill, h } from "../core/dom.js"
import { fullMoment, timeOfDay } from "../core/format.js"
import { icon } from "../core/icons.js"
import { answerText } from "./answer-text.js"
import { branchSwitch } from "./branch-switch.js"
import { editor } from "./editor.js"
import { memoriesUsed } from "./memories-used.js"

/** Longer ones are folded. */
const FOLD_CHARS = 2_400
const FOLD_LINES = 28

/** {element, update(around)}; while `around.busy` nothing is offered that asks for an answer; `actions` is what view.js lets a message do. */
export function messageView(message, actions) {
  return message.role === "assistant" ? answerView(message, actions) : saidView(message, actions)
}

function time(message) {
  return h("time", { datetime: message.created_at, title: fullMoment(message.created_at), text: timeOfDay(message.created_at) })
}

/** Puts nodes into `place` when what they are made of, `key`, has changed. */
function drawn(place) {
  let last = null
  return (key, make) => {
    if (key === last) return
    last = key
    fill(place, make())
  }
}

/** What a person said, or a system or a tool. */
function saidView(message, actions) {
  const speaker = message.role === "user" ? "You" : message.author || (message.role === "tool" ? "Tool" : "System")
  const text = h("div", { class: "said-text" })
  const foot = h("div", { class: "message-foot" })
  const note = h("div", { class: "message-note" })
  const element = h("article", { class: `message said ${message.role}`, "aria-label": `${speaker} said`, tabindex: "-1" },
    h("div", { class: "said-bubble" }, message.role === "user" ? null : h("p", { class: "said-who", text: speaker }), text), note, foot)
  const drawText = drawn(text)
  const drawFoot = drawn(foot)
  const drawNote = drawn(note)
  const edit = () => {
    element.classList.add("editing")
    const end = () => { element.classList.remove("editing"); form.remove(); element.querySelector(".edit-button")?.focus() }
    const form = editor(message, { onSend: (changed) => { end(); actions.edit(message, changed) }, onCancel: end })
    element.prepend(form)
    form.querySelector("textarea").focus()
  }
  const update = ({ branches, busy, isLeaf }) => {
    element.id = `message-${message.id}`
    drawText(message.content, () => folded(message.content))
    drawFoot(`${message.local} ${busy} ${branches.length} ${branches.indexOf(message)} ${message.id}`, () => [
      branchSwitch(message, branches, actions.choose),
      h("div", { class: "message-tools" }, time(message), copyButton(() => message.content, "Copy the message"),
        message.role === "user" && !message.local && !busy && iconButton({ label: "Edit the message", icon: "edit", class: "edit-button", onClick: edit })),
    ])
    drawNote(`${message.failure?.error.message} ${busy} ${isLeaf && !message.local}`, () => failure(message, actions, busy, isLeaf))
  }
  return { element, update }
}

/** A message without an answer says why, and what can be done. */
function failure(message, actions, busy, isLeaf) {
  if (busy || message.role !== "user") return null
  if (message.failure) {
    const note = errorNote({ error: message.failure.error, onRetry: message.failure.retry })
    if (message.local && message.entry) note.append(button({ label: "Take back", look: "plain", onClick: () => actions.takeBack(message) }))
    return note
  }
  if (!isLeaf || message.local) return null
  return h("div", { class: "note" }, icon("info"), h("p", { text: "No answer came to this." }),
    button({ label: "Answer", icon: "again", onClick: () => actions.regenerate(message) }))
}

function folded(content) {
  const isLong = content.length > FOLD_CHARS || content.split("\n", FOLD_LINES + 1).length > FOLD_LINES
  const body = h("div", { class: "said-words", text: content })
  if (!isLong) return body
  body.classList.add("folded")
  const more = h("button", { type: "button", class: "link", "aria-expanded": "false", text: "Show all of it", on: { click: () => {
    const open = !body.classList.toggle("folded")
    more.textContent = open ? "Show less" : "Show all of it"
    more.setAttribute("aria-expanded", String(open))
  } } })
  return [body, more]
}

/** An answer. */
function answerView(message, actions) {
  const words = answerText({ onBlock: (text) => actions.announce(text) })
  const waiting = h("p", { class: "waiting" })
  const note = h("div", { class: "message-note" })
  const used = h("div")
  const foot = h("div", { class: "message-foot" })
  const element = h("article", { class: "message answer", "aria-label": "Jarvis answered", tabindex: "-1" }, words.element, waiting, note, used, foot)
  const drawUsed = drawn(used)
  const drawFoot = drawn(foot)
  const drawNote = drawn(note)
  let shown = null
  const updateText = () => {
    const state = `${message.isComing ?? false} ${message.content}`
    if (state === shown) return
    shown = state
    words.show(message.content, !message.isComing)
    waiting.hidden = !message.isComing || message.content !== ""
  }
  const update = ({ branches, busy, active }) => {
    element.id = `message-${message.id}`
    element.setAttribute("aria-busy", String(message.isComing ?? false))
    updateText()
    waiting.textContent = waitingText(active)
    drawNote(`${message.status} ${message.failure?.error.message} ${message.isComing} ${active?.waiting} ${message.metadata?.finish_reason} ${busy} ${message.refusal?.error.message}`, () => [
      ending(message, actions, active, busy),
      message.refusal && !busy && errorNote({ error: message.refusal.error, onRetry: message.refusal.retry }),
    ])
    const memories = message.metadata?.memories_used ?? []
    drawUsed(message.isComing ? "" : memories.map((memory) => memory.id).join(), () => memories.length > 0 && !message.isComing && memoriesUsed(memories))
    drawFoot(`${message.isComing} ${busy} ${branches.length} ${branches.indexOf(message)} ${message.id} ${message.model} ${message.status}`, () => message.isComing ? null : [
      branchSwitch(message, branches, actions.choose),
      h("div", { class: "message-tools" }, time(message), actions.showsModels() && message.model && h("span", { class: "message-model", text: message.model }),
        copyButton(() => message.content, "Copy the answer"),
        !busy && !message.local && !isCutShort(message) && iconButton({ label: "Answer again", icon: "again", onClick: () => actions.regenerate(message) })),
    ])
  }
  return { element, update, updateText }
}

/** Then the note below it offers another one. */
const isCutShort = ({ status }) => status === "stopped" || status === "interrupted"

function waitingText(active) {
  if (!active) return ""
  if (active.stopping) return "Stopping"
  return active.waiting ? "Connecting again" : "Thinking"
}

/** Why an answer is not whole, or does not go on. */
function ending(message, actions, active, busy) {
  if (message.isComing) {
    return active?.waiting && message.content
      ? h("p", { class: "quiet-note" }, icon("warning"), h("span", { text: "The connection was lost; reading goes on when it is back." })) : null
  }
  const again = (label) => !busy && button({ label, look: "plain", icon: "again", onClick: () => actions.regenerate(message) })
  if (message.status === "stopped") return h("p", { class: "quiet-note" }, icon("stop"), h("span", { text: "Stopped" }), again("Answer again"))
  if (message.status === "interrupted") {
    const why = message.failure ? messageOf(message.failure.error) : "This is as far as it came."
    return h("p", { class: "quiet-note warn" }, icon("warning"), h("span", { text: `Interrupted. ${why}` }), again("Answer again"))
  }
  if (message.metadata?.finish_reason === "length") {
    return h("p", { class: "quiet-note" }, icon("info"), h("span", { text: "Cut off at the longest answer the model may give." }))
  }
  return null
}
