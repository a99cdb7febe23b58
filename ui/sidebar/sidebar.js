// What the sidebar shows between menu and foot: the conversations.

import { h } from "../core/dom.js"

export function startSidebar() {
  return h("div", { class: "conversations" })
}
