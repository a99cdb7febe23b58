// What of the memories is shown: words to look for, and filters. All of it lives in the address.

import { debounced, h } from "../core/dom.js"
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
export function filterBar(onChange) {
  const input = h("input", { class: "input large", type: "search", "aria-label": "Search memories", placeholder: "Search memories", autocomplete: "off", spellcheck: "false" })
  const mode = select("How to search", MODES)
  const kind = select("Kind", { "": "Any kind", ...KINDS })
  const category = select("Category", { "": "Any category" })
  const state = select("State", STATES)
  const pinned = h("input", { type: "checkbox" })
  const read = () => ({ q: input.value.trim(), mode: mode.value, kind: kind.value, category: category.value, pinned: pinned.checked, state: state.value })
  const changed = () => { later.cancel(); mode.hidden = input.value.trim() === ""; onChange(read()) }
  const later = debounced(changed, PAUSE_MS)
  input.addEventListener("input", () => later())
  for (const control of [mode, kind, category, state, pinned]) control.addEventListener("change", changed)
  const element = h("form", { class: "filter-bar", role: "search", "aria-label": "Memories", on: { submit: (event) => { event.preventDefault(); changed() } } },
    input, h("div", { class: "filter-row" }, mode, kind, category, state, h("label", { class: "check" }, pinned, h("span", { text: "Pinned" }))))
  return {
    element, input,
    set(filter) {
      if (document.activeElement !== input) input.value = filter.q
      offer(category, filter.category)
      Object.assign(mode, { value: filter.mode, hidden: filter.q === "" })
      Object.assign(kind, { value: filter.kind })
      Object.assign(category, { value: filter.category })
      Object.assign(state, { value: filter.state })
      pinned.checked = filter.pinned
    },
    offer: (names) => names.forEach((name) => offer(category, name)),
  }
}

function select(label, options) {
  return h("select", { class: "input compact", "aria-label": label }, Object.entries(options).map(([value, text]) => h("option", { value, text })))
}

function offer(control, name) {
  if ([...control.options].some((option) => option.value === name)) return
  const after = [...control.options].slice(1).find((option) => option.value.localeCompare(name) > 0)
  control.insertBefore(h("option", { value: name, text: name }), after ?? null)
}
