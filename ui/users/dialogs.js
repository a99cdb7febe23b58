// Dialogs of the users page.

import * as users from "../api/users.js"
import { field } from "../core/controls.js"
import { formDialog } from "../core/dialog.js"
import { h } from "../core/dom.js"
import { counted } from "../core/format.js"
import { newPassword } from "../core/password.js"
import * as router from "../core/router.js"
import { showSecret } from "../core/secret-dialog.js"
import { toast } from "../core/toast.js"
import { ROLES } from "./words.js"

const EMPTY_MAKES_ONE = "At least 8 characters. Leave it empty and one is made, which you see once."
const MEGABYTE = 1_000_000

/** Answers whether an account was made. */
export async function addUser() {
  const name = h("input", { class: "input", required: true, maxlength: "50", pattern: "[A-Za-z0-9_\\-]+", title: "Letters, digits, _ or -", autocomplete: "off", autocapitalize: "none", spellcheck: "false" })
  const role = roleSelect()
  const secret = newPassword({ required: false, explanation: EMPTY_MAKES_ONE })
  const made = await formDialog({
    title: "New account", saveLabel: "Create the account",
    fields: [h("div", { class: "form-row" }, field({ label: "Name", control: name }), field({ label: "Role", control: role })), secret.element],
    save: () => users.add({ username: name.value.trim(), role: role.value, password: secret.value() || null }),
  })
  if (!made) return false
  if (made.password) await showPassword(made)
  else toast(`${made.username} can log in now.`)
  return true
}

/** Answers whether an invitation was made. */
export async function invite() {
  const role = roleSelect()
  const days = h("input", { class: "input", type: "number", min: "1", max: "90", required: true, value: "7" })
  const made = await formDialog({
    title: "Invite somebody", saveLabel: "Make the link", class: "narrow",
    fields: [h("div", { class: "form-row" }, field({ label: "Role", control: role }), field({ label: "Good for days", control: days }))],
    save: () => users.invite({ role: role.value, expires_in_days: Number(days.value) }),
  })
  if (!made) return false
  await showSecret({
    title: "The invitation", text: "Whoever opens this link makes an account with it, once. Send it on a way that nobody else reads.",
    label: "Link", secret: `${location.origin}${router.href("/join")}#${made.invite}`,
  })
  return true
}

/** `save(quotas)` changes them. */
export function editQuotas({ username, quotas }, save) {
  const amount = (key, label, unit = 1) => {
    const value = quotas[key] == null ? "" : String(quotas[key] / unit)
    const control = h("input", { class: "input", type: "number", min: "0", step: unit === 1 ? "1" : "any", value })
    return { key, control, element: field({ label, control }), read: () => (control.value === "" ? null : Math.round(Number(control.value) * unit)) }
  }
  const amounts = [amount("messages", "Messages"), amount("tokens", "Tokens"), Object.hasOwn(quotas, "storage_bytes") && amount("storage_bytes", "Storage in MB", MEGABYTE)].filter(Boolean)
  return formDialog({
    title: `Quotas of ${username}`, class: "narrow",
    fields: [h("p", { class: "page-text", text: "How much they may have. Empty is without limit; what they have already stays." }), amounts.map(({ element }) => element)],
    save: () => save(Object.fromEntries(amounts.map(({ key, read }) => [key, read()]))),
  })
}

export async function resetPassword(user) {
  const secret = newPassword({ label: "New password", required: false, explanation: EMPTY_MAKES_ONE })
  const reset = await formDialog({
    title: `Another password for ${user.username}`, class: "narrow", saveLabel: "Change the password",
    fields: [h("p", { class: "page-text", text: "All their logins end, and all their API keys are removed: whoever made them may not have been they." }), secret.element],
    save: () => users.resetPassword(user.id, secret.value()),
  })
  if (reset?.password) await showPassword(reset)
  else if (reset) toast(`The password of ${user.username} is changed.`)
}

/** Answers whether the account is gone. */
export async function eraseUser({ id, username }) {
  const word = h("input", { class: "input", required: true, pattern: username, title: `Type ${username}`, autocomplete: "off", autocapitalize: "none", spellcheck: "false" })
  const receipt = await formDialog({
    title: `Erase ${username}?`, class: "narrow danger-dialog", saveLabel: "Erase for good",
    fields: [
      h("p", { text: "The account and everything that is theirs: conversations, memories, sessions, keys. This cannot be undone." }),
      field({ label: `Type “${username}” to confirm`, control: word }),
    ],
    save: () => users.erase(id),
  })
  if (receipt) toast(`${username} is erased: ${counted(receipt.database.messages, "message")}, ${counted(receipt.database.memories, "memory", "memories")}.`)
  return Boolean(receipt)
}

function showPassword({ username, password }) {
  return showSecret({ title: `The password of ${username}`, text: "Tell it to them on a way that nobody else reads. They can change it under Account.", label: "Password", secret: password })
}

function roleSelect() {
  return h("select", { class: "input" }, Object.entries(ROLES).map(([value, text]) => h("option", { value, text })))
}
