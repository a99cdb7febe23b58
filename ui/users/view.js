// Who has an account, and who is invited: for administrators.

import * as users from "../api/users.js"
import { button, emptyState } from "../core/controls.js"
import { h } from "../core/dom.js"
import { endlessList } from "../core/endless.js"
import { counted } from "../core/format.js"
import { addKey } from "../core/keys.js"
import { page } from "../core/page.js"
import { stepKeys } from "../core/step-keys.js"
import { addUser, invite } from "./dialogs.js"
import { invitesSection } from "./invites.js"
import { userRow } from "./row.js"

const PAGE = 50
const GROUP = "Users"

export async function mount(root, { signal, setTitle, setTools }) {
  setTitle("Users")
  const make = async () => { if (await addUser()) list.reset() }
  const ask = async () => { if (await invite()) invites.load() }
  setTools(button({ label: "Invite", icon: "link", look: "plain", onClick: ask }))
  const { body, scroller } = page(root, {
    title: "Users",
    actions: [button({ label: "New account", icon: "plus", onClick: make }), button({ label: "Invite", icon: "link", look: "primary not-narrow", onClick: ask })],
  })
  const count = h("p", { class: "page-count", role: "status" })
  const invites = invitesSection({ signal })
  const list = endlessList({
    scroller, signal, label: "Users",
    read: async (cursor, reading) => {
      const found = await users.list({ cursor, limit: PAGE }, reading)
      return { items: found.users, next: found.next_cursor, total: found.total }
    },
    draw: (user) => userRow(user, { changed: (element, next) => element.replaceWith(next), gone: () => list.reset() }),
    none: () => emptyState({ icon: "people", title: "Nobody has an account" }),
    told: ({ total }, isFirst) => { if (isFirst) count.textContent = `${counted(total, "account")}, newest first` },
  })
  list.list.classList.add("entry-list", "boxed")
  body.append(invites.element, count, list.element)
  stepKeys({ root: list.element, selector: ".icon-button", group: GROUP, noun: "user", signal })
  addKey({ combo: "a", label: "Make an account", group: GROUP, run: () => { make() }, signal })
  addKey({ combo: "i", label: "Invite somebody", group: GROUP, run: () => { ask() }, signal })
  await Promise.all([list.reset(), invites.load()])
}
