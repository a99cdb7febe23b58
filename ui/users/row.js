// One account in the list, and what can be done with it.

import * as login from "../access/login.js"
import * as users from "../api/users.js"
import { iconButton } from "../core/controls.js"
import { confirmDialog } from "../core/dialog.js"
import { h } from "../core/dom.js"
import { bytes, fullMoment, number } from "../core/format.js"
import { openMenu } from "../core/menu.js"
import { toast, toastError } from "../core/toast.js"
import { editQuotas, eraseUser, resetPassword } from "./dialogs.js"
import { ROLES } from "./words.js"

/** An <li>. `changed(old, drawn)` hears of another look, `gone()` that the account is erased. */
export function userRow(user, { changed, gone }) {
  const more = iconButton({ label: `What to do with ${user.username}`, icon: "more", "aria-haspopup": "menu", onClick: () => openMenu(more, entries()) })
  const isSelf = user.id === login.who().id
  const element = h("li", { class: "entry", data: { id: user.id } },
    h("div", { class: "entry-what" },
      h("p", { class: "entry-name" }, h("strong", { text: user.username }),
        user.role === "admin" && h("span", { class: "chip good", text: ROLES.admin }), user.disabled && h("span", { class: "chip danger", text: "Disabled" }), isSelf && h("span", { class: "chip", text: "You" })),
      h("p", { class: "entry-fact", text: facts(user) })),
    more)

  async function apply(changes, words) {
    const drawn = userRow(await users.patch(user.id, changes), { changed, gone })
    changed(element, drawn)
    drawn.querySelector("button").focus()
    toast(words)
  }

  const other = user.role === "admin" ? "user" : "admin"
  const entries = () => [
    { label: other === "admin" ? "Make an administrator" : "Make an ordinary user", icon: "session", run: () => apply({ role: other }, `${user.username} is ${other === "admin" ? "an administrator" : "an ordinary user"} now.`).catch(toastError) },
    { label: "Quotas…", icon: "stats", run: () => editQuotas(user, (quotas) => apply({ quotas }, `The quotas of ${user.username} are changed.`)) },
    !isSelf && { label: "Another password…", icon: "key", run: () => resetPassword(user) },
    !isSelf && { label: "End all logins", icon: "leave", run: () => endLogins(user) },
    !isSelf && (user.disabled ? { label: "Let in again", icon: "restore", run: () => apply({ disabled: false }, `${user.username} can log in again.`).catch(toastError) }
      : { label: "Disable…", icon: "stop", danger: true, run: () => disable(user, apply) }),
    !isSelf && { label: "Erase…", icon: "bin", danger: true, run: async () => { if (await eraseUser(user)) gone() } },
  ]
  return element
}

function facts({ created_at: created, last_login_at: last, quotas }) {
  const limits = [["messages", "messages"], ["tokens", "tokens"]].filter(([key]) => quotas[key] != null).map(([key, noun]) => `${number(quotas[key])} ${noun}`)
  const storage = quotas.storage_bytes != null ? [bytes(quotas.storage_bytes)] : []
  const allowed = [...limits, ...storage]
  return [`Since ${fullMoment(created)}`, last ? `last login ${fullMoment(last)}` : "never logged in", allowed.length > 0 && `at most ${allowed.join(", ")}`].filter(Boolean).join("; ")
}

function disable(user, apply) {
  return confirmDialog({
    title: `Disable ${user.username}?`, text: "Nothing of theirs lets anybody in from now on: no password, no key, no login that is open. What they have stays, and you can let them in again.",
    confirmLabel: "Disable", run: () => apply({ disabled: true }, `${user.username} is locked out.`),
  })
}

async function endLogins(user) {
  try {
    await users.endLogins(user.id)
    toast(`All logins of ${user.username} are over.`)
  } catch (error) {
    toastError(error)
  }
}
