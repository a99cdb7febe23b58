// Adds and edits memories.

import * as memories from "../api/memories.js"
import { field } from "../core/controls.js"
import { formDialog } from "../core/dialog.js"
import { h, uniqueId } from "../core/dom.js"
import { newKey } from "../core/random-key.js"
import { toast } from "../core/toast.js"
import { told } from "./changes.js"
import { importance, KINDS } from "./words.js"

const COMMON = ["preference", "person", "health", "work", "home", "note"]
const MIDDLING = 0.5

/** Asks for a new memory. Answers it, or undefined when it was not made. */
export async function addMemory() {
  const key = newKey()
  const parts = controls({ content: "", category: "note", kind: "long_term", importance: MIDDLING, expires_at: null })
  const made = await formDialog({ title: "New memory", fields: parts.fields, saveLabel: "Remember", save: () => memories.add(parts.read(), key) })
  if (made) {
    told("added", made)
    toast("Remembered")
  }
  return made
}

/** Changes a memory. Answers it as it is then, or undefined. */
export async function editMemory(memory) {
  const parts = controls(memory)
  const changed = await formDialog({
    title: "Edit the memory", fields: parts.fields,
    save: () => memories.patch(memory.id, differences(memory, parts.read())),
  })
  if (changed) told("changed", changed)
  return changed
}

function controls(memory) {
  const content = h("textarea", { class: "input", required: true, rows: "4", value: memory.content })
  const listId = uniqueId("categories")
  const category = h("input", { class: "input", required: true, maxlength: "50", autocomplete: "off", list: listId, value: memory.category })
  const kind = h("select", { class: "input" }, Object.entries(KINDS).map(([value, text]) => h("option", { value, text })))
  kind.value = memory.kind
  const weight = h("input", { type: "range", class: "range", min: "0", max: "100", step: "5", value: String(Math.round(memory.importance * 100)) })
  const shown = h("output", { text: importance(memory.importance) })
  weight.addEventListener("input", () => { shown.textContent = importance(weight.value / 100) })
  const expiry = h("input", { class: "input", type: "datetime-local", value: localTime(memory.expires_at) })
  const fields = [
    field({ label: "What to remember", control: content }),
    h("div", { class: "form-row" },
      field({ label: "Category", control: category }),
      field({ label: "Kept", control: kind })),
    h("datalist", { id: listId }, COMMON.map((value) => h("option", { value }))),
    h("div", { class: "form-row" },
      h("div", { class: "range-field" }, field({ label: "Importance", control: weight, explanation: "How much it counts in answers." }), shown),
      field({ label: "Expires", control: expiry, explanation: "Empty: as long as it is kept." })),
  ]
  const read = () => ({
    content: content.value.trim(), category: category.value.trim(), kind: kind.value,
    importance: weight.value / 100, expires_at: expiry.value ? new Date(expiry.value).toISOString() : null,
  })
  return { fields, read }
}

/** Only what was changed, so that what nobody touched keeps its exact value. */
function differences(before, after) {
  const changes = {}
  for (const name of ["content", "category", "kind"]) if (after[name] !== before[name]) changes[name] = after[name]
  if (importance(after.importance) !== importance(before.importance)) changes.importance = after.importance
  if (localTime(after.expires_at) !== localTime(before.expires_at)) changes.expires_at = after.expires_at
  return changes
}

/** As datetime-local takes it: the local time to the minute. */
function localTime(when) {
  if (!when) return ""
  const value = new Date(when)
  return new Date(value.getTime() - value.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
