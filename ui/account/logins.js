// Where one is logged in.

import * as auth from "../api/auth.js"
import { button, errorNote, spinner } from "../core/controls.js"
import { confirmDialog } from "../core/dialog.js"
import { fill, h } from "../core/dom.js"
import { fullMoment } from "../core/format.js"
import { section } from "../core/page.js"
import { toast, toastError } from "../core/toast.js"
import { deviceName } from "./device-name.js"

/** {element, load()}: `load` reads anew. */
export function loginsSection({ signal }) {
  const place = h("div", null, spinner())
  const load = async () => {
    try {
      const logins = await auth.logins(signal)
      fill(place, h("ul", { class: "entry-list", "aria-label": "Logins" }, logins.map((one) => row(one, load))))
    } catch (error) {
      if (!signal.aborted) fill(place, errorNote({ error, onRetry: load }))
    }
  }
  const everywhere = button({ label: "Log out everywhere…", icon: "leave", onClick: endAll })
  return { element: section({ title: "Where you are logged in", text: "Browsers and programs that came in with your password. Does one of them tell you nothing? End it, and change your password." }, place, h("p", null, everywhere)), load }
}

function row(one, load) {
  const name = deviceName(one.label)
  const end = async (event) => {
    event.currentTarget.disabled = true
    try {
      await auth.endLogin(one.id)
      toast(`Ended: ${name}`)
    } catch (error) {
      if (error.status !== 404) toastError(error)
    }
    load()
  }
  return h("li", { class: "entry" },
    h("div", { class: "entry-what" },
      h("p", { class: "entry-name" }, h("strong", { text: name, title: one.label }), one.current && h("span", { class: "chip good", text: "This browser" })),
      h("p", { class: "entry-fact", text: `Since ${fullMoment(one.created_at)}; last used ${fullMoment(one.used_at)}` })),
    !one.current && button({ label: "End", "aria-label": `End the login of ${name}`, onClick: end }))
}

function endAll() {
  return confirmDialog({
    title: "Log out everywhere?", text: "All your logins end, in this browser too. API keys stay.", confirmLabel: "Log out everywhere", danger: false,
    run: () => auth.logOut({ everywhere: true }),
  })
}
