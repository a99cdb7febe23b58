// Whether the page hears from the server: a dot and a word, no alarm.

import { attribute, h } from "../core/dom.js"
import * as live from "../core/live.js"

const WORDS = { connecting: "Connecting", online: "Connected", offline: "Offline, trying again" }

export function connectionStatus() {
  const word = h("span", { class: "connection-word" })
  const status = h("div", { class: "connection", role: "status", "aria-label": "Connection" }, h("span", { class: "connection-dot" }), word)
  const show = () => {
    status.dataset.state = live.connection()
    word.textContent = WORDS[live.connection()]
    attribute(status, "title", live.connection() === "offline" ? "Reading goes on when the server answers again; what you type is kept." : null)
  }
  live.on("state", show)
  show()
  return status
}
