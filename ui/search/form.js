// The field and the filters of the search.

import { button } from "../core/controls.js"
import { debounced, h, uniqueId } from "../core/dom.js"
import { MODES, ROLES, SCOPES } from "./question.js"

const PAUSE_MS = 160

/** `onAsk(question, isFinal)` hears what is asked; it is final when somebody pressed Enter. Answers {element, input, set(question), name(title)}. */
export function searchForm(onAsk) {
  const input = h("input", { class: "input large", type: "search", "aria-label": "Search for", placeholder: "Search messages and memories", autocomplete: "off", spellcheck: "false", maxlength: "1000", enterkeyhint: "search" })
  const scope = select("Where to search", SCOPES)
  const mode = select("How to search", MODES)
  const role = select("Who said it", ROLES)
  const from = dateField("From")
  const until = dateField("To")
  const explain = h("input", { type: "checkbox" })
  let conversation = ""
  const place = h("span", { class: "chip search-place", hidden: true })
  const anywhere = button({ label: "Search everywhere", look: "plain", hidden: true, onClick: () => { conversation = ""; changed() } })
  const read = () => ({
    q: input.value.trim(), scope: scope.value, mode: mode.value, role: role.value, from: from.control.value, until: until.control.value,
    conversation, explain: explain.checked,
  })
  const changed = (isFinal = false) => { later.cancel(); onAsk(read(), isFinal === true) }
  const later = debounced(() => changed(), PAUSE_MS)
  input.addEventListener("input", () => later())
  for (const control of [scope, mode, role, from.control, until.control, explain]) control.addEventListener("change", () => changed())
  const element = h("form", { class: "filter-bar", role: "search", "aria-label": "All conversations and memories", on: { submit: (event) => { event.preventDefault(); changed(true) } } },
    input,
    h("div", { class: "filter-row" }, scope, mode, role, from.element, until.element,
      h("label", { class: "check" }, explain, h("span", { text: "Say why" })), place, anywhere))
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

function select(label, options) {
  return h("select", { class: "input compact", "aria-label": label }, Object.entries(options).map(([value, text]) => h("option", { value, text })))
}

function dateField(label) {
  const control = h("input", { class: "input compact", type: "date", id: uniqueId("date") })
  return { control, element: h("span", { class: "search-date" }, h("label", { for: control.id, text: label }), control) }
}
