// Controls that are used in many places.

import { attribute, fill, h, uniqueId } from "./dom.js"
import { icon } from "./icons.js"

/** A button. `look`: "quiet" (default), "primary", "plain", "danger". */
export function button({ label, icon: name, look = "quiet", onClick, type = "button", ...rest }) {
  return h("button", { type, class: `button ${look}`, on: { click: onClick ?? (() => {}) }, ...rest },
    name && icon(name), h("span", { text: label }))
}

/** A button that shows its icon only; `label` is its name for those who cannot see it, and its tooltip. */
export function iconButton({ label, icon: name, onClick, class: more = "", ...rest }) {
  return h("button",
    { type: "button", class: `icon-button ${more}`, "aria-label": label, title: label, on: { click: onClick ?? (() => {}) }, ...rest },
    icon(name))
}

/** Changes what an icon button shows and says. */
export function setIconButton(element, { label, icon: name }) {
  attribute(element, "aria-label", label)
  attribute(element, "title", label)
  fill(element, icon(name))
}

/** A field with its label above and an explanation below; `control` is an input, select or textarea. */
export function field({ label, control, explanation }) {
  control.id ||= uniqueId("field")
  const note = explanation && h("p", { class: "field-note", id: `${control.id}-note`, text: explanation })
  if (note) control.setAttribute("aria-describedby", note.id)
  return h("div", { class: "field" }, h("label", { for: control.id, text: label }), control, note)
}

/** What a list says when it has nothing: a heading, a sentence that explains, and perhaps what to do. */
export function emptyState({ icon: name, title, text, action }) {
  return h("div", { class: "empty" }, name && icon(name), h("p", { class: "empty-title", text: title }),
    text && h("p", { class: "empty-text", text }), action)
}

/** An error where it happened, with what the server said and a button to try again. */
export function errorNote({ error, onRetry, retryLabel = "Try again" }) {
  return h("div", { class: "note danger", role: "alert" }, icon("warning"), h("p", { text: messageOf(error) }),
    onRetry && button({ label: retryLabel, icon: "again", onClick: onRetry }))
}

/** What an error says to a person: a sentence. */
export function messageOf(error) {
  const text = error?.message || "Something went wrong"
  const sentence = text[0].toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`
}

/** Shows that something is being read. */
export function spinner(label = "Loading") {
  return h("div", { class: "spinner", role: "status" }, h("span", { class: "visually-hidden", text: label }))
}
