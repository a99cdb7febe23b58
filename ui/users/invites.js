// Invitations that nobody has taken yet.

import * as users from "../api/users.js"
import { button, errorNote } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { fullMoment } from "../core/format.js"
import { section } from "../core/page.js"
import { toast, toastError } from "../core/toast.js"

/** {element, load()}; it shows itself only when there are some. */
export function invitesSection({ signal }) {
  const place = h("div")
  const element = section({ title: "Open invitations" }, place)
  element.hidden = true
  const load = async () => {
    try {
      const invites = await users.invites(signal)
      element.hidden = invites.length === 0
      fill(place, h("ul", { class: "entry-list", "aria-label": "Open invitations" }, invites.map((one) => row(one, load))))
    } catch (error) {
      element.hidden = false
      if (!signal.aborted) fill(place, errorNote({ error, onRetry: load }))
    }
  }
  return { element, load }
}

function row(one, load) {
  const withdraw = async (event) => {
    event.currentTarget.disabled = true
    try {
      await users.withdraw(one.id)
      toast("The invitation is withdrawn.")
    } catch (error) {
      if (error.status !== 404) toastError(error)
    }
    load()
  }
  return h("li", { class: "entry" },
    h("div", { class: "entry-what" },
      h("p", { class: "entry-name" }, h("strong", { text: one.role === "admin" ? "For an administrator" : "For a user" })),
      h("p", { class: "entry-fact", text: `Made ${fullMoment(one.created_at)}; good until ${fullMoment(one.expires_at)}` })),
    button({ label: "Withdraw", "aria-label": `Withdraw the invitation of ${fullMoment(one.created_at)}`, onClick: withdraw }))
}
