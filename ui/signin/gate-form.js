// A form that lets somebody in, or says why not and when to try again.

import { button, errorNote } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { counted } from "../core/format.js"
import { icon } from "../core/icons.js"

const SECOND_MS = 1_000

/** `submit()` lets in; `failed(error)` hears why it did not. `note` is shown above the fields. */
export function gateForm({ note, fields, submitLabel, submit, failed = () => {} }) {
  const slot = h("div", { class: "form-slot" })
  const enter = button({ label: submitLabel, look: "primary", type: "submit" })
  const attempt = async () => {
    enter.disabled = true
    fill(slot)
    try {
      await submit()
    } catch (error) {
      failed(error)
      form.elements[error.field === "new_password" ? "password" : error.field]?.focus()
      if (error.status === 429 && error.retryAfter) return hold(slot, enter, error.retryAfter)
      fill(slot, errorNote({ error }))
      enter.disabled = false
    }
  }
  const form = h("form", { class: "form", on: { submit: (event) => { event.preventDefault(); attempt() } } },
    note && h("p", { class: "page-text", text: note }), fields, slot, enter)
  return form
}

/** Counts down to when the next try is taken. Only the beginning is said aloud. */
function hold(slot, enter, seconds) {
  const until = Date.now() + seconds * SECOND_MS
  const left = h("span")
  const text = h("p", null, "Too many attempts. You can try again in ", left, ".")
  fill(slot, h("div", { class: "note warn", role: "status" }, icon("warning"), text))
  const tell = () => {
    const rest = Math.ceil((until - Date.now()) / SECOND_MS)
    if (rest > 0) left.textContent = counted(rest, "second")
    else {
      clearInterval(timer)
      fill(slot)
      enter.disabled = false
    }
  }
  const timer = setInterval(tell, SECOND_MS)
  tell()
}
