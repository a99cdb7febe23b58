// Who is logged in, and the way to what is theirs.

import * as login from "../access/login.js"
import { logOut } from "../api/auth.js"
import { h } from "../core/dom.js"
import { icon } from "../core/icons.js"
import { openMenu } from "../core/menu.js"
import * as router from "../core/router.js"
import { toastError } from "../core/toast.js"
import { mayOpen, VIEWS } from "../views/index.js"

export function accountButton() {
  const { name } = login.who()
  const control = h("button", {
    type: "button", class: "account-button", "aria-haspopup": "menu", "aria-expanded": false,
    on: { click: () => openMenu(control, entries()) },
  }, h("span", { class: "account-mark", data: { initial: name[0].toUpperCase() } }),
  h("span", { class: "account-name" }, name, h("span", { class: "visually-hidden", text: ", account and logging out" })), icon("more"))
  return control
}

function entries() {
  const views = VIEWS.filter((view) => view.needs && mayOpen(view))
  return [
    ...views.map((view) => ({ label: view.title, icon: view.icon, run: () => router.navigate(view.paths[0]) })),
    { label: "Log out", icon: "leave", run: () => logOut().catch(toastError) },
  ]
}
