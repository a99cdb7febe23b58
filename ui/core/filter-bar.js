// A field to search in, and filters below it, which a narrow screen shows when they are asked for.

import { iconButton } from "./controls.js"
import { h, uniqueId } from "./dom.js"

/** `filters` are controls; `more` stays visible below. Answers the form; it submits by `onSubmit`. */
export function filterBar({ label, input, filters, more, onSubmit }) {
  const row = h("div", { class: "filter-row", id: uniqueId("filters") }, filters)
  const opener = iconButton({
    label: "Filters", icon: "filter", class: "only-narrow", "aria-expanded": false, "aria-controls": row.id,
    onClick: () => opener.setAttribute("aria-expanded", String(element.classList.toggle("open"))),
  })
  const element = h("form", { class: "filter-bar", role: "search", "aria-label": label, on: { submit: (event) => { event.preventDefault(); onSubmit() } } },
    h("div", { class: "filter-top" }, input, opener), row, more)
  return element
}

/** A field for words. */
export function searchField(label, more) {
  return h("input", { class: "input large", type: "search", "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "false", ...more })
}

/** A choice among `options` ({value: text}) without a visible label. */
export function choice(label, options) {
  return h("select", { class: "input compact", "aria-label": label }, Object.entries(options).map(([value, text]) => h("option", { value, text })))
}

/** A box to tick. Answers {input, element}. */
export function tick(text) {
  const input = h("input", { type: "checkbox" })
  return { input, element: h("label", { class: "check" }, input, h("span", { text })) }
}
