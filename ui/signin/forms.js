// The forms that lead in.

import * as login from "../access/login.js"
import * as auth from "../api/auth.js"
import { field } from "../core/controls.js"
import { h } from "../core/dom.js"
import { tick } from "../core/filter-bar.js"
import { newPassword, password } from "../core/password.js"
import { gateForm } from "./gate-form.js"

const NAME_RULE = "1 to 50 letters, digits, _ or -."
const TAKEN_OVER = "default"

export function logInForm({ note }) {
  const name = nameField({ value: login.last()?.name ?? "" })
  const secret = password({ label: "Password", autocomplete: "current-password" })
  return gateForm({
    note, fields: [field({ label: "Name", control: name }), secret.element], submitLabel: "Sign in",
    submit: () => auth.logIn(name.value.trim(), secret.value()),
    failed: (error) => { if (error.status === 401) secret.clear() },
  })
}

export function setupForm({ canTakeOver }) {
  const token = password({ label: "Setup token", name: "setup_token", autocomplete: "off", explanation: "The log of the server says where it is: JARVIS_SETUP_TOKEN, or the file setup.token in the data directory." })
  const name = nameField()
  const secret = newPassword()
  const { input: takesOver, element: takeOver } = tick("Keep what was said here before there were accounts: it becomes yours")
  takesOver.checked = canTakeOver
  return gateForm({
    note: "You make the first account, which administers all others.",
    fields: [token.element, field({ label: "Name", control: name, explanation: NAME_RULE }), secret.element, canTakeOver && takeOver],
    submitLabel: "Create the account",
    submit: () => auth.register({
      username: name.value.trim(), password: secret.value(), setup_token: token.value().trim(), take_over: takesOver.checked ? TAKEN_OVER : null,
    }),
    failed: (error) => { if (error.code === "set_up_already") location.reload() },
  })
}

export function registerForm({ invite }) {
  const name = nameField()
  const secret = newPassword()
  return gateForm({
    note: invite ? "You are invited. Choose a name and a password." : null,
    fields: [field({ label: "Name", control: name, explanation: NAME_RULE }), secret.element],
    submitLabel: "Create the account",
    submit: () => auth.register({ username: name.value.trim(), password: secret.value(), invite: invite || null }),
  })
}

function nameField({ value = "" } = {}) {
  return h("input", {
    class: "input", name: "username", required: true, maxlength: "50", autocomplete: "username", autocapitalize: "none", spellcheck: "false", value,
  })
}
