// How much there is, and how much room it takes.

import * as stats from "../api/stats.js"
import { errorNote, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { bytes, number } from "../core/format.js"
import { section } from "../core/page.js"

/** {element, load()}: `load` reads anew. */
export function storageSection({ signal }) {
  const place = h("div", null, spinner())
  const load = async () => {
    try {
      fill(place, sizes(await stats.totals(signal)))
    } catch (error) {
      if (!signal.aborted) fill(place, errorNote({ error, onRetry: load }))
    }
  }
  return { element: section({ id: "storage", title: "What is here", text: "It is kept on the machine that Jarvis runs on." }, place), load }
}

function sizes({ user, store, indexed }) {
  const lines = [
    ["Conversations", number(user.conversations)], ["Messages", number(user.messages)], ["Memories", number(user.memories)],
    ["Database on disk", `${bytes(store.bytes)}${store.users > 1 ? `, of ${number(store.users)} people` : ""}`], ["Texts that search finds", number(indexed)],
  ]
  return h("dl", { class: "receipt" }, lines.map(([name, value]) => h("div", null, h("dt", { text: name }), h("dd", { text: value }))))
}
