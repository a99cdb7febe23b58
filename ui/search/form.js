// The field and the filters of the search.

import { button } from "../core/controls.js"
import { debounced, h, uniqueId } from "../core/dom.js"
import { choice, filterBar, searchField, tick } from "../core/filter-bar.js"
import { MODES, ROLES, SCOPES } from "./question.js"

const PAUSE_MS = 160

/** `onAsk(question, isFinal)` hears what is asked; it is final when somebody pressed Enter. Answers {element, input, set(question), name(title)}. */
export function searchForm(onAsk) {
  const input = searchField("Search messages and memories", { maxlength: "1000", enterkeyhint: "search" })
  const scope = choice("Where to search", SCOPES)
  const mode = choice("How to search", MODES)
  const role = choice("Who said it", ROLES)
  const from = dateField("From")
  const until = dateField("To")
  const { input: explain, element: explainBox } = tick("Say why")
  let conversation = ""
  const place = h("span", { class: "chip", hidden: true })
  const anywhere = button({ label: "Search everywhere", look: "plain", hidden: true, onClick: () => { conversation = ""; changed() } })
  const read = () => ({
    q: input.value.trim(), scope: scope.value, mode: mode.value, role: role.value, from: from.control.value, until: until.control.value,
    conversation, explain: explain.checked,
  })
  const changed = (isFinal = false) => { later.cancel(); onAsk(read(), isFinal === true) }
  const later = debounced(() => changed(), PAUSE_MS)
  input.addEventListener("input", () => later())
  for (const control of [scope, mode, role, from.control, until.control, explain]) control.addEventListener("change", () => changed())
  const element = filterBar({
    label: "All conversations and memories", input, onSubmit: () => changed(true),
    filters: [scope, mode, role, h("span", { class: "search-dates" }, from.element, until.element), explainBox], more: h("p", { class: "search-where" }, place, anywhere),
  })
  return {
    element, input,
    set(question) {
      if (input.value.trim() !== question.q) input.value = question.q
      for (const [name, control] of Object.entries({ scope, mode, role, from: from.control, until: until.control })) control.value = question[name]
      explain.checked = question.explain
      conversation = question.conversation
      place.hidden = anywhere.hidden = conversation === ""
      if (conversation === "") place.textContent = ""
    },
    name(title) { place.textContent = `In “${title || "Untitled"}”` },
  }
}

function dateField(label) {
  const control = h("input", { class: "input compact", type: "date", id: uniqueId("date") })
  return { control, element: h("span", { class: "search-date" }, h("label", { for: control.id, text: label }), control) }
}
