// Search while typing: titles first, then what was said.

import * as conversations from "../api/conversations.js"
import * as search from "../api/search.js"
import { emptyState, errorNote, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { dayName } from "../core/format.js"
import * as router from "../core/router.js"

const TITLES = 8
const MESSAGES = 30

/** {element, run(q)}; the results of the latest question only. */
export function searchView() {
  const element = h("div", { class: "list-scroller", role: "region", "aria-label": "Search results", "aria-live": "off" })
  const status = h("p", { class: "visually-hidden", role: "status" })
  let asking = new AbortController()

  async function run(q) {
    asking.abort()
    asking = new AbortController()
    const { signal } = asking
    if (element.childElementCount === 0) fill(element, spinner("Searching"))
    try {
      const [titles, messages] = await Promise.all([
        conversations.list({ q, limit: TITLES }, signal), search.find({ q, scope: "messages", limit: MESSAGES }, signal),
      ])
      if (!signal.aborted) draw(titles.conversations, messages)
    } catch (error) {
      if (!signal.aborted) fill(element, status, errorNote({ error, onRetry: () => run(q) }))
    }
  }

  function draw(titles, messages) {
    const count = titles.length + messages.hits.length
    fill(element, status,
      count === 0 && emptyState({ icon: "search", title: "Nothing found", text: "Try fewer or other words; word~ also finds similar spellings." }),
      titles.length > 0 && [h("h3", { class: "list-day", text: "Titles" }), h("ul", null, titles.map((conversation) =>
        h("li", { class: "conversation" }, h("a", { href: router.href(`/c/${conversation.id}`), text: conversation.title || "Untitled" }))))],
      messages.hits.length > 0 && [h("h3", { class: "list-day", text: "Messages" }), h("ul", null, messages.hits.map(hit))])
    status.textContent = count === 0 ? "Nothing found" : `${count} found`
  }

  return { element, run, clear: () => { asking.abort(); fill(element) } }
}

function hit({ id, conversation_id: conversation, role, snippet, snippet_matches: matches, created_at: when }) {
  return h("li", { class: "hit" }, h("a", { href: router.href(`/c/${conversation}#${id}`) },
    h("span", { class: "hit-who", text: `${role === "user" ? "You" : "Jarvis"}, ${dayName(when)}` }),
    h("span", { class: "hit-text" }, marked(snippet, matches))))
}

/** A text with its matches marked; they are counted in characters, not in units of UTF-16. */
export function marked(text, matches) {
  const characters = [...text]
  const parts = []
  let at = 0
  for (const [start, end] of matches) {
    parts.push(characters.slice(at, start).join(""), h("mark", { text: characters.slice(start, end).join("") }))
    at = end
  }
  parts.push(characters.slice(at).join(""))
  return parts
}
