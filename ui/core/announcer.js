// Says things to screen readers, politely: when whatever is being read has ended.

import { h } from "./dom.js"

const KEPT = 12
const MOST_CHARS = 2_000
const region = h("div", { class: "visually-hidden", role: "log", "aria-live": "polite", "aria-label": "Announcements" })

export function startAnnouncer() {
  document.body.append(region)
}

export function announce(text) {
  region.append(h("p", { text: text.trim().slice(0, MOST_CHARS) }))
  while (region.children.length > KEPT) region.firstElementChild.remove()
}
