// Where other programs keep what they export.

import { h } from "../core/dom.js"

const PROGRAMS = [
  ["ChatGPT", "Settings, Data controls, Export data. A zip comes by e-mail; it, or the conversations.json in it."],
  ["Claude", "Settings, Privacy, Export data. A zip comes by e-mail; it, or the conversations.json in it."],
  ["Open WebUI", "Settings, Chats, Export all chats: a JSON file."],
  ["LibreChat", "The share button of a conversation, Export, format JSON."],
  ["OpenConverse", "Its database file, or a zip with it."],
  ["Jarvis", "“Download everything” on this page: JSON lines."],
]

export function formats() {
  return h("details", { class: "formats" }, h("summary", { text: "Where do I get such a file?" }),
    h("dl", null, PROGRAMS.map(([name, text]) => h("div", null, h("dt", { text: name }), h("dd", { text })))))
}
