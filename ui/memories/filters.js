// What of the memories is shown: words to look for, and filters. All of it lives in the address.

import { debounced, h } from "../core/dom.js"
import { choice, filterBar, searchField, tick } from "../core/filter-bar.js"
import { KINDS } from "./words.js"

const PAUSE_MS = 180
export const MODES = { hybrid: "Words and meaning", text: "Words", vector: "Meaning" }
export const STATES = { current: "Current", expired: "With expired", superseded: "With replaced", all: "Everything" }

/** Reads the filter from the query of an address. */
export function filterOf(query) {
  const one = (name, allowed, otherwise) => (Object.hasOwn(allowed, query.get(name) ?? "") ? query.get(name) : otherwise)
  return {
    q: query.get("q") ?? "", mode: one("mode", MODES, "hybrid"), kind: one("kind", KINDS, ""),
    category: query.get("category") ?? "", pinned: query.get("pinned") === "true", state: one("state", STATES, "current"),
  }
}

/** The path that shows `filter`. */
export function pathOf(filter) {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) {
    if (value && !(name === "mode" && value === "hybrid") && !(name === "state" && value === "current")) parameters.set(name, value)
  }
  const text = parameters.toString()
  return `/memories${text && `?${text}`}`
}

/** Whether anything but everything that is current is asked for. */
export function isNarrow(filter) {
  return pathOf(filter) !== "/memories"
}

/** The controls; `onChange(filter)` hears what was chosen. Answers {element, input, set(filter), offer(categories)}. */
export function memoryFilters(onChange) {
  const input = searchField("Search memories")
  const mode = choice("How to search", MODES)
  const kind = choice("Kind", { "": "Any kind", ...KINDS })
  const category = choice("Category", { "": "Any category" })
  const state = choice("State", STATES)
  const { input: pinned, element: pinnedBox } = tick("Pinned")
  const read = () => ({ q: input.value.trim(), mode: mode.value, kind: kind.value, category: category.value, pinned: pinned.checked, state: state.value })
  const changed = () => { later.cancel(); fold(); onChange(read()) }
  // how to search matters only then, and what is not current is not searched
  const fold = () => { mode.hidden = input.value.trim() === ""; state.hidden = !mode.hidden }
  const later = debounced(changed, PAUSE_MS)
  input.addEventListener("input", () => later())
  for (const control of [mode, kind, category, state, pinned]) control.addEventListener("change", changed)
  const element = filterBar({ label: "Memories", input, filters: [mode, kind, category, state, pinnedBox], onSubmit: changed })
  return {
    element, input,
    set(filter) {
      if (document.activeElement !== input) input.value = filter.q
      offer(category, filter.category)
      for (const [name, control] of Object.entries({ mode, kind, category, state })) control.value = filter[name]
      pinned.checked = filter.pinned
      fold()
    },
    offer: (names) => names.forEach((name) => offer(category, name)),
  }
}

function offer(control, name) {
  if ([...control.options].some((option) => option.value === name)) return
  const after = [...control.options].slice(1).find((option) => option.value.localeCompare(name) > 0)
  control.insertBefore(h("option", { value: name, text: name }), after ?? null)
}
