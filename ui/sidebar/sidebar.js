// What the sidebar shows between menu and foot: new conversation, search, and the conversations or what was found.

import { button, iconButton } from "../core/controls.js"
import { attribute, debounced, fill, h } from "../core/dom.js"
import { icon } from "../core/icons.js"
import { addKey, keyNames } from "../core/keys.js"
import { openMenu } from "../core/menu.js"
import * as router from "../core/router.js"
import { openSessions } from "../sessions/dialog.js"
import { sessionSelect } from "../sessions/select.js"
import * as conversations from "./conversations.js"
import { listView } from "./list-view.js"
import { searchView } from "./search-view.js"

const TYPING_MS = 120
const PLACES = [
  { status: "open", label: "Conversations", icon: "chat" },
  { status: "archived", label: "Archive", icon: "archive" },
  { status: "deleted", label: "Bin", icon: "bin" },
]

export function startSidebar({ onSearch }) {
  const found = searchView()
  const list = listView()
  const body = h("div", { class: "list-body" }, list.element)
  const input = searchInput(found, list, body)
  const element = h("div", { class: "conversations" },
    h("div", { class: "list-tools" },
      h("a", { class: "button new-conversation", href: router.href("/") }, icon("plus"), h("span", { text: "New conversation" })),
      h("div", { class: "search" }, icon("search"), input, h("kbd", { "aria-hidden": "true", text: keyNames("mod+k")[0].join(" ") }))),
    filters(), body)
  addKey({ combo: "mod+k", label: "Search conversations", typing: true, run: () => { onSearch(); input.focus(); input.select() } })
  addKey({ combo: "n", label: "New conversation", run: () => router.navigate("/") })
  addKey({ combo: "alt+ArrowDown", label: "Next conversation", typing: true, run: () => step(1) })
  addKey({ combo: "alt+ArrowUp", label: "Previous conversation", typing: true, run: () => step(-1) })
  conversations.start()
  return { element, mark: () => list.mark() }
}

function searchInput(found, list, body) {
  const input = h("input", { type: "search", class: "search-input", placeholder: "Search", "aria-label": "Search conversations", autocomplete: "off", spellcheck: "false" })
  const search = debounced(() => {
    const q = input.value.trim()
    if (q === "") {
      found.clear()
      body.previousElementSibling.hidden = false
      fill(body, list.element)
    } else {
      body.previousElementSibling.hidden = true
      if (found.element.parentElement !== body) fill(body, found.element)
      found.run(q)
    }
  }, TYPING_MS)
  input.addEventListener("input", search)
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") body.querySelector("a")?.focus()
    else if (event.key === "Escape" && input.value !== "") {
      input.value = ""
      search()
      search.now()
    } else return
    event.preventDefault()
  })
  body.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.altKey) return
    const links = [...body.querySelectorAll("a")]
    const at = links.indexOf(document.activeElement)
    if (at < 0) return
    event.preventDefault()
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)]
    if (next) next.focus()
    else if (at === 0) input.focus()
  })
  return input
}

/** Which conversations: open, archived or in the bin, and of which session. */
function filters() {
  const place = button({ label: PLACES[0].label, icon: "down", look: "plain", "aria-haspopup": "menu", onClick: () => openMenu(place, PLACES.map((option) => ({
    label: option.label, icon: option.icon, run: () => {
      place.querySelector("span").textContent = option.label
      conversations.setFilter({ status: option.status })
    },
  }))) })
  place.classList.add("list-place")
  const select = sessionSelect({ none: "All sessions", label: "Session" })
  select.element.classList.add("session-filter")
  select.element.addEventListener("change", () => conversations.setFilter({ session_id: select.value() }))
  select.onKnown((known) => attribute(select.element, "hidden", known.length === 0))
  return h("div", { class: "list-filters" }, place, select.element, iconButton({ label: "Sessions", icon: "session", onClick: openSessions }))
}

function step(by) {
  const { items } = conversations.now()
  const at = items.findIndex(({ id }) => id === router.current().params.id)
  const next = at < 0 ? items[0] : items[at + by]
  if (next) router.navigate(`/c/${next.id}`)
}
