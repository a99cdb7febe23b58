// Makes a key and shows it.

import * as login from "../access/login.js"
import * as auth from "../api/auth.js"
import { field } from "../core/controls.js"
import { formDialog } from "../core/dialog.js"
import { h } from "../core/dom.js"
import { showSecret } from "../core/secret-dialog.js"
import { PERMISSIONS } from "./words.js"

const USUAL = ["chat", "memory", "search"]
const LIFETIMES = { 30: "30 days", 90: "90 days", 365: "a year", "": "until it is removed" }

/** Answers whether one was made. */
export async function makeKey() {
  const name = h("input", { class: "input", required: true, maxlength: "200", autocomplete: "off", placeholder: "Editor on the laptop" })
  const boxes = login.who().permissions.map((permission) => choice(permission))
  const lifetime = h("select", { class: "input" }, Object.entries(LIFETIMES).map(([value, text]) => h("option", { value, text })))
  lifetime.value = "90"
  const chosen = () => boxes.filter(({ input }) => input.checked).map(({ permission }) => permission)
  const made = await formDialog({
    title: "New API key", saveLabel: "Make the key",
    fields: [
      field({ label: "What it is for", control: name }),
      h("fieldset", { class: "choices" }, h("legend", { text: "What it may do" }), boxes.map(({ element }) => element)),
      field({ label: "Good for", control: lifetime }),
    ],
    save: () => {
      if (chosen().length === 0) throw new Error("Tick at least one thing that the key may do")
      return auth.makeKey({ name: name.value.trim(), permissions: chosen(), expires_in_days: lifetime.value ? Number(lifetime.value) : null })
    },
  })
  if (!made) return false
  await showSecret({ title: "Your new key", text: `Give it to “${made.name}” and to nothing else; it is sent as “authorization: Bearer …” or as “x-api-key”.`, label: "API key", secret: made.key })
  return true
}

function choice(permission) {
  const input = h("input", { type: "checkbox", checked: USUAL.includes(permission) })
  const [title, text] = PERMISSIONS[permission] ?? [permission, ""]
  return { permission, input, element: h("label", { class: "choice" }, input, h("span", null, h("strong", { text: title }), h("small", { text }))) }
}
