import { button } from "../core/controls.js"
import { debounced, h } from "../core/dom.js"
import * as drafts from "./drafts.js"

const KEEP_MS = 300

/** Changes a message in its place; what is sent becomes a branch beside it. */
export function editor(message, { onSend, onCancel }) {
  const place = drafts.placeOfEdit(message.id)
  const area = h("textarea", { class: "input", "aria-label": "Changed message", rows: "3", value: drafts.read(place) || message.content })
  const keep = debounced(() => drafts.write(place, area.value), KEEP_MS)
  const send = () => {
    const text = area.value.trim()
    if (text === "") return area.focus()
    forget()
    onSend(text)
  }
  const cancel = () => {
    forget()
    onCancel()
  }
  const forget = () => {
    keep.cancel()
    drafts.write(place, "")
  }
  area.addEventListener("input", keep)
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return
    if (event.key === "Escape") {
      event.preventDefault()
      cancel()
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault()
      send()
    }
  })
  return h("form", { class: "editor", "aria-label": "Edit the message", on: { submit: (event) => { event.preventDefault(); send() } } }, area,
    h("div", { class: "editor-actions" }, h("p", { class: "field-note", text: "The message as it was stays, as another version." }),
      button({ label: "Cancel", onClick: cancel }), button({ label: "Send", look: "primary", type: "submit" })))
}
