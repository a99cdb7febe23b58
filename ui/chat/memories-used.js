// What an answer was given from memory: closed a line, opened a list, and each entry whole when it is asked for.

import * as chat from "../api/chat.js"
import * as memories from "../api/memories.js"
import { errorNote, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { counted, fullMoment } from "../core/format.js"
import { icon } from "../core/icons.js"
import * as router from "../core/router.js"

const SPEAKERS = { user: "You said", assistant: "Jarvis said", system: "Said to Jarvis", tool: "A tool said" }

/** `used` is [{id, kind, score, excerpt}]. */
export function memoriesUsed(used) {
  const details = h("details", { class: "used" },
    h("summary", null, icon("memory"), h("span", { text: `Used ${counted(used.length, "memory", "memories")}` }), icon("down")))
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(h("ul", { class: "used-list" }, used.map(entry)))
  })
  return details
}

function entry(use) {
  const body = h("div", { class: "used-body" })
  const details = h("details", null,
    h("summary", null,
      h("span", { class: "used-kind", text: use.kind === "memory" ? "Memory" : "Earlier message" }),
      h("span", { class: "used-excerpt", text: use.excerpt })),
    body)
  details.addEventListener("toggle", () => { if (details.open && body.childElementCount === 0) open(use, body) })
  return h("li", null, details)
}

async function open(use, body) {
  fill(body, spinner())
  try {
    if (use.kind === "memory") fill(body, ...memoryDetails(await memories.get(use.id)), change(use, body))
    else fill(body, ...messageDetails(await chat.message(use.id)))
  } catch (error) {
    if (error.status === 404) fill(body, gone())
    else fill(body, errorNote({ error, onRetry: () => open(use, body) }))
  }
}

function gone() {
  return h("p", { class: "used-gone", text: "It has been forgotten since." })
}

/** Opens the dialog in which a memory is corrected, pinned or forgotten; what it shows here is read again afterwards. */
function change(use, body) {
  return h("button", { type: "button", class: "link", text: "Correct, pin or forget it", on: { click: async () => {
    try {
      // most answers are read without it
      const { openMemory } = await import("../memories/dialog.js")
      if (await openMemory(use.id).closed === "forgotten") fill(body, gone())
      else open(use, body)
    } catch (error) {
      fill(body, errorNote({ error, onRetry: () => open(use, body) }))
    }
  } } })
}

function memoryDetails(memory) {
  const facts = [
    ["Kind", memory.kind === "long_term" ? "Until forgotten" : "For a while"],
    ["Category", memory.category],
    ["Importance", `${Math.round(memory.importance * 100)} %`],
    ["Remembered", fullMoment(memory.created_at)],
    memory.valid_to && ["Held until", fullMoment(memory.valid_to)],
    memory.expires_at && ["Expires", fullMoment(memory.expires_at)],
  ]
  return [
    h("p", { class: "used-content", text: memory.content }),
    h("dl", { class: "facts" }, facts.filter(Boolean).map(([name, value]) => h("div", null, h("dt", { text: name }), h("dd", { text: value })))),
    memory.source_message_ids.length > 0
      ? h("ul", { class: "sources" }, memory.source_message_ids.map((id, index) => h("li", null, sourceLink(id, index, memory.source_message_ids.length))))
      : h("p", { class: "used-gone", text: "Written by hand." }),
  ]
}

function messageDetails(message) {
  return [
    h("p", { class: "used-who", text: `${SPEAKERS[message.role]} on ${fullMoment(message.created_at)}` }),
    h("p", { class: "used-content", text: message.content }),
    h("a", { href: router.href(pathOf(message)), text: "Open where it was said" }),
  ]
}

function pathOf(message) {
  return `/c/${message.conversation_id}#${message.id}`
}

/** The conversation of a source is known by asking: the address is found when the link is followed. */
function sourceLink(id, index, count) {
  const label = count > 1 ? `Source ${index + 1}` : "Open where it was said"
  return h("button", { type: "button", class: "link", text: label, on: { click: async (event) => {
    const control = event.currentTarget
    try {
      router.navigate(pathOf(await chat.message(id)))
    } catch (error) {
      control.replaceWith(h("span", { class: "used-gone", text: error.status === 404 ? "What was said has been erased." : error.message }))
    }
  } } })
}
