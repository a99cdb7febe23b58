// Hands out: everything, or one conversation.

import * as conversations from "../api/conversations.js"
import * as transfer from "../api/transfer.js"
import { errorNote } from "../core/controls.js"
import { debounced, fill, h } from "../core/dom.js"
import { downloadControl } from "../core/download.js"
import { counted, dayName } from "../core/format.js"
import { icon } from "../core/icons.js"
import { section } from "../core/page.js"

const PAUSE_MS = 200
const MOST = 5

export function exportSection({ signal }) {
  return section({
    id: "export", title: "Take it with you",
    text: "Everything that is yours as one file of JSON lines: conversations with all their branches, memories, sessions. Any Jarvis takes it back in.",
  },
  h("p", null, downloadControl(transfer.everything(), { signal, class: "button primary" }, icon("download"), h("span", { text: "Download everything" }))),
  oneConversation(signal))
}

function oneConversation(signal) {
  const list = h("ul", { class: "export-list" })
  const input = h("input", { class: "input", type: "search", placeholder: "Title of a conversation", "aria-label": "Find a conversation to download", autocomplete: "off" })
  let asking = new AbortController()
  const find = async () => {
    asking.abort()
    asking = new AbortController()
    const mine = AbortSignal.any([signal, asking.signal])
    try {
      const found = await latest(input.value.trim(), mine)
      fill(list, found.map((conversation) => entry(conversation, signal)), found.length === 0 && h("li", { class: "page-text", text: "No conversation has such a title." }))
    } catch (error) {
      if (!mine.aborted) fill(list, h("li", null, errorNote({ error, onRetry: find })))
    }
  }
  const later = debounced(find, PAUSE_MS)
  input.addEventListener("input", () => later())
  input.addEventListener("focus", () => { if (list.childElementCount === 0) find() })
  return h("details", { class: "export-one", on: { toggle: (event) => { if (event.target.open && list.childElementCount === 0) find() } } },
    h("summary", { text: "Only one conversation" }), input, list)
}

/** The latest whose title has `q`, those of the archive too. */
async function latest(q, signal) {
  const pages = await Promise.all(["open", "archived"].map((status) => conversations.list({ q, status, limit: MOST }, signal)))
  const when = ({ active_at: at }) => new Date(at).getTime()
  return pages.flatMap((page) => page.conversations).sort((one, other) => when(other) - when(one)).slice(0, MOST)
}

function entry(conversation, signal) {
  const title = conversation.title || "Untitled"
  const link = (label, format, ending) => downloadControl(transfer.oneConversation(conversation.id, format), {
    signal, class: "button", "aria-label": `${label} of ${title}`, title: ending,
  }, label)
  return h("li", null,
    h("span", { class: "export-title" }, h("span", { text: title }), h("small", { text: `${counted(conversation.message_count, "message")}, ${dayName(conversation.updated_at)}` })),
    link("Markdown", "markdown", "For people: .md"), link("JSON", "json", "For programs: .jsonl"))
}
