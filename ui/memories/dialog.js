// One memory, whole, in a dialog over whatever is shown.

import * as memories from "../api/memories.js"
import { button, emptyState, errorNote, spinner } from "../core/controls.js"
import { openDialog } from "../core/dialog.js"
import { fill, h } from "../core/dom.js"
import { toastError } from "../core/toast.js"
import { forget, setPinned, told } from "./changes.js"
import { editMemory } from "./form.js"
import { sources } from "./sources.js"
import { facts, stateOf } from "./words.js"

const MOST_OLDER = 500
const STATES = {
  replaced: "Something newer has replaced it; answers do not use it any more.",
  expired: "It has expired; answers do not use it any more.",
}

/**
 * Shows the memory `id`, read anew: its content, what is known about it, where it comes from, and what can be done with it.
 * Whatever is done is also told by `changes.js`. Answers {close(), closed}: `closed` is a promise of "forgotten", or of
 * undefined.
 */
export function openMemory(id) {
  const body = h("div", { class: "memory-whole" })
  const actions = h("div", { class: "dialog-actions" })
  const dialog = openDialog({ title: "Memory", body, class: "memory-dialog" })
  dialog.element.append(actions)
  actions.hidden = true
  // a link leads away from here
  dialog.element.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a[href]")) dialog.close()
  })
  load(id, { body, actions, dialog })
  return dialog
}

async function load(id, parts) {
  fill(parts.body, spinner())
  try {
    show(await memories.get(id), parts)
  } catch (error) {
    const gone = error.status === 404 || error.status === 422
    fill(parts.body, gone
      ? emptyState({ icon: "memory", title: "This memory is gone", text: "It has been forgotten, or the address is not whole." })
      : errorNote({ error, onRetry: () => load(id, parts) }))
    parts.actions.hidden = true
  }
}

function show(memory, parts) {
  const state = stateOf(memory)
  fill(parts.body,
    state !== "current" && h("div", { class: "note warn" }, h("p", { text: STATES[state] }),
      memory.superseded_by && button({ label: "Show what replaced it", onClick: () => load(memory.superseded_by, parts) })),
    h("p", { class: "memory-content", text: memory.content }),
    h("dl", { class: "memory-facts" }, facts(memory).map(([name, value]) => h("div", null, h("dt", { text: name }), h("dd", { text: value })))),
    replaced(memory, parts),
    h("h3", { text: "Where it comes from" }), sources(memory))
  fill(parts.actions,
    button({ label: "Forget", icon: "bin", onClick: async () => { if (await forget(memory)) parts.dialog.close("forgotten") } }),
    button({ label: memory.pinned ? "Unpin" : "Pin", icon: "pin", "aria-pressed": memory.pinned, onClick: () => pin(memory, parts) }),
    button({ label: "Edit", icon: "edit", look: "primary", onClick: async () => { const changed = await editMemory(memory); if (changed) show(changed, parts) } }))
  parts.actions.hidden = false
}

/** What the memory replaced, once that is known. */
function replaced(memory, parts) {
  const place = h("p", { hidden: true })
  older(memory).then((rows) => {
    if (rows.length === 0) return
    place.hidden = false
    fill(place, rows.map((row) => button({ label: `Show what it replaced: ${row.content.slice(0, 40)}`, icon: "again", onClick: () => load(row.id, parts) })))
  }, () => {})
  return place
}

/** What is replaced has the category of what replaces it. */
async function older({ id, category }) {
  const found = await memories.list({ category, superseded: true, expired: true, limit: MOST_OLDER })
  return found.memories.filter((row) => row.superseded_by === id)
}

async function pin(memory, parts) {
  try {
    show(await setPinned(memory, !memory.pinned), parts)
  } catch (error) {
    if (error.status === 404) told("forgotten", memory.id)
    toastError(error)
  }
}
