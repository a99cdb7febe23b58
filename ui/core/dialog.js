// Dialogs: <dialog>, modal, closed by Escape and by a click beside them; the focus returns to where it was.

import { button, errorNote, iconButton } from "./controls.js"
import { h, uniqueId } from "./dom.js"

/**
 * Opens a dialog with `title` and `body` (nodes); answers {element, close(result), closed (a promise of the result)}.
 * `actions(close)` answers the buttons below. `class` is added to the element's.
 */
export function openDialog({ title, body, actions, class: more = "" }) {
  const before = document.activeElement
  const titleId = uniqueId("dialog")
  let result
  const close = (value) => {
    result = value
    element.close()
  }
  const element = h("dialog", { class: `dialog ${more}`, "aria-labelledby": titleId },
    h("div", { class: "dialog-head" },
      h("h2", { id: titleId, text: title }),
      iconButton({ label: "Close", icon: "close", onClick: () => close() })),
    h("div", { class: "dialog-body" }, body),
    actions && h("div", { class: "dialog-actions" }, actions(close)))
  const closed = new Promise((resolve) => {
    element.addEventListener("close", () => {
      element.remove()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
      resolve(result)
    })
  })
  // a press that begins inside, to select text, and ends outside does not close
  let pressedBeside = false
  element.addEventListener("pointerdown", (event) => { pressedBeside = event.target === element })
  element.addEventListener("click", (event) => {
    if (event.target === element && pressedBeside) close()
  })
  document.body.append(element)
  element.showModal()
  return { element, close, closed }
}

/**
 * Asks before something that cannot be undone, or is costly. `run` does it while the dialog waits; when it fails the
 * dialog says why and stays. Answers whether it was done.
 */
export async function confirmDialog({ title, text, confirmLabel, danger = true, run }) {
  const slot = h("div")
  const dialog = openDialog({
    title,
    class: "narrow",
    body: [h("p", { text }), slot],
    actions: (close) => [
      button({ label: "Cancel", onClick: () => close(false) }),
      button({ label: confirmLabel, look: danger ? "danger" : "primary", onClick: (event) => attempt(event.currentTarget, slot, run, close) }),
    ],
  })
  // undefined when it was closed, false when it was cancelled; else whatever was answered to doing it
  return Boolean(await dialog.closed)
}

/**
 * Asks for something to fill in. `fields` are nodes; `save()` stores and its result is the dialog's; when it fails the
 * dialog says why and nothing that was typed is lost. Answers undefined when it was closed.
 */
export async function formDialog({ title, fields, saveLabel = "Save", save, class: more = "" }) {
  const slot = h("div", { class: "form-slot" })
  const formId = uniqueId("form")
  let submit
  const form = h("form", { id: formId, class: "form", on: { submit: (event) => { event.preventDefault(); submit(form) } } }, fields, slot)
  const dialog = openDialog({
    title,
    class: more,
    body: form,
    actions: (close) => {
      submit = () => attempt(saveButton, slot, save, close)
      const saveButton = button({ label: saveLabel, look: "primary", type: "submit", form: formId })
      return [button({ label: "Cancel", onClick: () => close() }), saveButton]
    },
  })
  form.querySelector("input, textarea, select")?.focus()
  return dialog.closed
}

async function attempt(control, slot, run, close) {
  control.disabled = true
  slot.replaceChildren()
  try {
    close((await run()) ?? true)
  } catch (error) {
    slot.replaceChildren(errorNote({ error }))
    control.disabled = false
    control.focus()
  }
}
