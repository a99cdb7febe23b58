// Another password.

import * as auth from "../api/auth.js"
import * as login from "../access/login.js"
import { button, errorNote } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { counted, number } from "../core/format.js"
import { section } from "../core/page.js"
import { newPassword, password } from "../core/password.js"
import * as router from "../core/router.js"
import { toast } from "../core/toast.js"

/** `onChanged` is called when there is another one: all other logins are over. */
export function passwordSection({ onChanged }) {
  const present = password({ label: "Password now", name: "current_password", autocomplete: "current-password" })
  const next = newPassword({ label: "New password", name: "new_password" })
  const slot = h("div", { class: "form-slot" })
  const change = button({ label: "Change the password", type: "submit" })
  const attempt = async () => {
    change.disabled = true
    fill(slot)
    try {
      const { ended_sessions: ended, remaining_keys: keys = 0 } = await auth.changePassword(present.value(), next.value())
      form.reset()
      toast(["The password is changed.", ended > 0 && `${counted(ended, "other login")} ended.`, keys > 0 && `API keys that go on letting programs in: ${number(keys)}.`].filter(Boolean).join(" "),
        { action: keys > 0 ? { label: "API keys", run: () => router.navigate("/keys") } : undefined })
      onChanged()
    } catch (error) {
      fill(slot, errorNote({ error: error.code === "invalid_credentials" ? new Error("This is not your password now.") : error }))
      if (error.code === "invalid_credentials") present.clear()
    }
    change.disabled = false
  }
  const form = h("form", { class: "form", on: { submit: (event) => { event.preventDefault(); attempt() } } },
    // for the browser's own store of passwords
    h("input", { type: "text", name: "username", autocomplete: "username", value: login.who().name, hidden: true, readonly: true }),
    h("div", { class: "form-row" }, present.element, next.element), slot, h("p", null, change))
  return section({ title: "Password", text: "With another password, all your other logins end. API keys stay." }, form)
}
