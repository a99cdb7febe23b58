// The list on the screen: groups by day, the place on the screen marked, more when the end is near.

import { emptyState, errorNote, iconButton, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { dayName, fullMoment } from "../core/format.js"
import * as router from "../core/router.js"
import { conversationMenu } from "./conversation-menu.js"
import * as conversations from "./conversations.js"

const EMPTY = {
  open: { icon: "chat", title: "No conversations yet", text: "What you write to Jarvis will be listed here." },
  archived: { icon: "archive", title: "The archive is empty", text: "Archived conversations are out of the way, and still searched and remembered." },
  deleted: { icon: "bin", title: "The bin is empty", text: "What you move here can be restored, or erased for good." },
}
const NOTHING = { icon: "search", title: "No title has this" }

export function listView() {
  const list = h("div", { class: "conversation-list" })
  const end = h("div", { class: "list-end" })
  const element = h("nav", { class: "list-scroller", "aria-label": "Conversations" }, list, end)
  new IntersectionObserver(([entry]) => { if (entry.isIntersecting) conversations.more() }, { root: element, rootMargin: "400px" }).observe(end)
  const rows = new Map()

  const draw = () => {
    const { items, state, failure, hasMore, filter } = conversations.now()
    const groups = Map.groupBy(items, ({ active_at: when }) => dayName(when))
    const known = new Set(items.map(({ id }) => id))
    for (const id of rows.keys()) if (!known.has(id)) rows.delete(id)
    const focused = document.activeElement?.closest(".conversation")?.dataset.id
    const before = focused ? [...list.querySelectorAll(".conversation")].map((item) => item.dataset.id) : []
    fill(list, [...groups].map(([day, group]) => [h("h3", { class: "list-day", text: day }), h("ul", null, group.map(row))]))
    if (focused) rows.get(heirOf(focused, before, known))?.element.querySelector("a").focus()
    fill(end, state === "failed" && errorNote({ error: failure, onRetry: () => conversations.reload() }),
      state === "loading" && (hasMore || items.length === 0) && spinner("Loading conversations"),
      state === "ready" && items.length === 0 && emptyState(filter.q ? NOTHING : filter.session_id ? { ...EMPTY.open, title: "None in this session" } : EMPTY[filter.status]))
    mark()
  }

  const row = (conversation) => {
    const key = `${conversation.title} ${conversation.status} ${conversation.active_at}`
    const known = rows.get(conversation.id)
    if (known?.key === key) return known.element
    const title = conversation.title || "Untitled"
    const element = h("li", { class: "conversation", data: { id: conversation.id } },
      h("a", { href: router.href(`/c/${conversation.id}`), title: `${title}\n${fullMoment(conversation.active_at)}`, text: title }),
      iconButton({ label: `More about ${title}`, icon: "more", "aria-haspopup": "menu", onClick: (event) => conversationMenu(conversation, event.currentTarget) }))
    rows.set(conversation.id, { key, element })
    return element
  }

  /** Marks the conversation on the screen. */
  const mark = () => {
    const { id } = router.current().params
    for (const [rowId, { element: item }] of rows) {
      const link = item.querySelector("a")
      if (rowId === id) link.setAttribute("aria-current", "page")
      else link.removeAttribute("aria-current")
    }
  }

  conversations.on("change", draw)
  draw()
  return { element, mark }
}

/** Which conversation gets the focus of one: itself, or when it left the list the next that is still there, or the one before. */
function heirOf(id, before, known) {
  const at = before.indexOf(id)
  return [...before.slice(at), ...before.slice(0, at).reverse()].find((other) => known.has(other))
}
