// Fields for passwords and other secrets that are typed.

import { field, iconButton, setIconButton } from "./controls.js"
import { h } from "./dom.js"

const LEAST = 8
const SHOW = { label: "Show what is typed", icon: "eye" }
const HIDE = { label: "Hide what is typed", icon: "eyeOff" }

/** {element, value(), clear()}. `autocomplete` is what the browser's own store of passwords goes by. */
export function password({ label, autocomplete, explanation, name = "password", minlength, required = true }) {
  const input = h("input", { class: "input", type: "password", name, required, minlength, maxlength: "1000", autocomplete, autocapitalize: "none", spellcheck: "false" })
  const toggle = iconButton({ ...SHOW, onClick: () => {
    const isShown = input.type === "text"
    input.type = isShown ? "password" : "text"
    setIconButton(toggle, isShown ? SHOW : HIDE)
  } })
  const element = field({ label, control: input, explanation })
  element.classList.add("secret-field")
  const around = h("div", { class: "secret-input" })
  input.before(around)
  around.append(input, toggle)
  return { element, input, value: () => input.value, clear: () => { input.value = ""; input.focus() } }
}

/** A field for a password that is chosen. */
export function newPassword({ label = "Password", name = "password", required = true, explanation = "At least 8 characters. A few words that do not belong together are easy to keep and hard to guess." } = {}) {
  return password({ label, name, required, autocomplete: "new-password", minlength: String(LEAST), explanation })
}
