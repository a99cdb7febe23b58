// Shows a secret that is shown once: a key, a password, a link that lets somebody in.

import { button } from "./controls.js"
import { copyButton } from "./copy.js"
import { openDialog } from "./dialog.js"
import { h, uniqueId } from "./dom.js"

/** `text` says what it is for. Answers when it was closed. */
export function showSecret({ title, text, label, secret }) {
  const input = h("input", { class: "input code-input", id: uniqueId("secret"), readonly: true, value: secret, spellcheck: "false", on: { focus: () => input.select() } })
  const dialog = openDialog({
    title,
    body: [
      h("p", { text }),
      h("div", { class: "field" }, h("label", { for: input.id, text: label }), h("div", { class: "secret-input" }, input, copyButton(() => secret, "Copy"))),
      h("p", { class: "note warn", text: "It is shown this once. Copy it now." }),
    ],
    actions: (close) => button({ label: "Done", look: "primary", onClick: () => close() }),
  })
  input.focus()
  return dialog.closed
}
