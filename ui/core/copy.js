// Copying to the clipboard.

import { iconButton, setIconButton } from "./controls.js"
import { h } from "./dom.js"

const COPIED_MS = 1_600

/** A button that copies what `text()` answers and says that it did. */
export function copyButton(text, label) {
  const control = iconButton({ label, icon: "copy", onClick: async () => {
    const done = await copy(text())
    setIconButton(control, done ? { label: "Copied", icon: "check" } : { label: "The browser does not allow copying", icon: "warning" })
    setTimeout(() => setIconButton(control, { label, icon: "copy" }), COPIED_MS)
  } })
  return control
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** For pages without https, which have no clipboard of their own. */
function copyBySelection(text) {
  const before = document.activeElement
  const area = h("textarea", { class: "visually-hidden", value: text, "aria-hidden": "true" })
  // what lies below an open dialog cannot be selected
  ;(before?.closest("dialog") ?? document.body).append(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  before?.focus?.()
  return done
}
