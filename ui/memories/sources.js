// Where a memory comes from: what was said, with a way to the place in its conversation.

import * as chat from "../api/chat.js"
import { errorNote, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { fullMoment } from "../core/format.js"
import * as router from "../core/router.js"

const SPEAKERS = { user: "You said", assistant: "Jarvis said", system: "Said to Jarvis", tool: "A tool said" }
const MOST = 5

/** The source turns of `memory`. */
export function sources(memory) {
  const ids = memory.source_message_ids
  if (ids.length === 0) return h("p", { class: "memory-soft", text: "Written by hand, or imported." })
  return h("ul", { class: "memory-sources" }, ids.slice(0, MOST).map((id) => {
    const place = h("li")
    read(id, place)
    return place
  }))
}

async function read(id, place) {
  fill(place, spinner())
  try {
    fill(place, turn(await chat.message(id)))
  } catch (error) {
    if (error.status === 404) fill(place, h("p", { class: "memory-soft", text: "What was said has been erased since." }))
    else fill(place, errorNote({ error, onRetry: () => read(id, place) }))
  }
}

function turn(message) {
  return [
    h("p", { class: "memory-soft", text: `${SPEAKERS[message.role]} on ${fullMoment(message.created_at)}` }),
    h("blockquote", { class: "memory-quote", text: message.content }),
    h("a", { href: router.href(`/c/${message.conversation_id}#${message.id}`), text: "Show it in its conversation" }),
  ]
}
