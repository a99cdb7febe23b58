// The chat.

import { emptyState } from "../core/controls.js"
import { fill } from "../core/dom.js"

export async function mount(root, { setTitle }) {
  setTitle("")
  fill(root, emptyState({ icon: "chat", title: "What is on your mind?" }))
}
