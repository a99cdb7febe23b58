// Something that was found.

import { h } from "../core/dom.js"
import { dayName, fullMoment } from "../core/format.js"
import { icon } from "../core/icons.js"
import * as router from "../core/router.js"
import { openMemory } from "../memories/dialog.js"
import { marked } from "../sidebar/search-view.js"
import { explanation } from "./explain.js"
import { titleOf } from "./titles.js"

const SPEAKERS = { user: "You", assistant: "Jarvis", system: "System", tool: "A tool" }

/** An <li> that leads to the message in its conversation, or opens the memory. `onOpen` hears that it was opened. */
export function hitItem(hit, { explain, onOpen }) {
  const isMemory = hit.kind === "memory"
  const path = isMemory ? `/memories/${hit.id}` : `/c/${hit.conversation_id}#${hit.id}`
  const link = h("a", { class: "found-link", href: router.href(path), on: { click: (event) => open(event, hit, isMemory, onOpen) } },
    h("span", { class: "found-head" },
      h("span", { class: "found-who" }, icon(isMemory ? "memory" : hit.role === "user" ? "session" : "chat"), h("span", { text: isMemory ? "Memory" : SPEAKERS[hit.role] })),
      isMemory ? null : title(hit.conversation_id),
      h("time", { datetime: hit.created_at, title: fullMoment(hit.created_at), text: dayName(hit.created_at) })),
    h("span", { class: "found-text" }, marked(hit.snippet, hit.snippet_matches)))
  return h("li", { class: "found" }, link, explain && explanation(hit))
}

function open(event, hit, isMemory, onOpen) {
  onOpen()
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!isMemory || !plain) return
  event.preventDefault()
  openMemory(hit.id)
}

function title(id) {
  const element = h("span", { class: "found-title" })
  titleOf(id).then((text) => { element.textContent = text })
  return element
}
