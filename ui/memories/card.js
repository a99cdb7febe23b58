// A memory in the list.

import { iconButton } from "../core/controls.js"
import { h } from "../core/dom.js"
import { fullMoment } from "../core/format.js"
import { icon } from "../core/icons.js"
import * as router from "../core/router.js"
import { toastError } from "../core/toast.js"
import { marked } from "../sidebar/search-view.js"
import { forget, setPinned } from "./changes.js"
import { editMemory } from "./form.js"
import { importance, stateOf, when } from "./words.js"

const WORDS = { replaced: "Replaced", expired: "Expired" }

/** An <li>. `memory` may be a search's result, whose matches are marked. */
export function memoryCard(memory) {
  const state = stateOf(memory)
  const content = memory.snippet_matches?.length > 0 ? marked(memory.snippet, memory.snippet_matches) : memory.content
  return h("li", { class: `memory-card ${state}`, data: { id: memory.id } },
    h("a", { class: "memory-link", href: router.href(`/memories/${memory.id}`) }, content),
    h("div", { class: "memory-line" },
      h("p", { class: "memory-meta" },
        memory.pinned && h("span", { class: "memory-pinned" }, icon("pin"), h("span", { text: "Pinned" })),
        state !== "current" && h("span", { class: "chip", text: WORDS[state] }),
        h("span", { class: "chip", text: memory.category }),
        memory.kind === "short_term" && h("span", { class: "chip", text: "For a while" }),
        h("span", { text: `Importance ${importance(memory.importance)}` }),
        h("time", { datetime: memory.created_at, title: fullMoment(memory.created_at), text: when(memory) })),
      tools(memory)))
}

function tools(memory) {
  const of = `: ${memory.content.slice(0, 60)}`
  return h("div", { class: "memory-tools" },
    iconButton({
      label: `${memory.pinned ? "Unpin" : "Pin"}${of}`, icon: "pin", "aria-pressed": memory.pinned,
      onClick: () => setPinned(memory, !memory.pinned).catch(toastError),
    }),
    iconButton({ label: `Edit${of}`, icon: "edit", onClick: () => editMemory(memory) }),
    iconButton({ label: `Forget${of}`, icon: "bin", onClick: () => forget(memory) }))
}
