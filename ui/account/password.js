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
  const keysToo = h("input", { type: "checkbox" })
  const slot = h("div", { class: "form-slot" })
  const change = button({ label: "Change the password", type: "submit" })
  const attempt = async () => {
    change.disabled = true
    fill(slot)
    try {
      const { ended_sessions: ended, removed_keys: removed, remaining_keys: keys } = await auth.changePassword(present.value(), next.value(), keysToo.checked)
      form.reset()
      toast(["The password is changed.", ended > 0 && `${counted(ended, "other login")} ended.`, removed > 0 && `${counted(removed, "API key")} removed.`, keys > 0 && `API keys that go on letting programs in: ${number(keys)}.`].filter(Boolean).join(" "),
        { action: keys > 0 ? { label: "API keys", run: () => router.navigate("/keys") } : undefined })
      onChanged()
    } catch (error) {
      fill(slot, errorNote({ error: error.code === "invalid_credentials" ? new Error("This is not your password now.") : error }))
      if (error.code === "invalid_credentials") present.clear()
    }
    change.disabled = false
    // which it lost when it was disabled
    if (document.activeElement === document.body) change.focus()
  }
  const form = h("form", { class: "form", on: { submit: (event) => { event.preventDefault(); attempt() } } },
    // for the browser's own store of passwords
    h("input", { type: "text", name: "username", autocomplete: "username", value: login.who().name, hidden: true, readonly: true }),
    h("div", { class: "form-row" }, present.element, next.element),
    h("label", { class: "choice" }, keysToo, h("span", null, h("strong", { text: "Also remove my API keys" }), h("small", { text: "For when somebody else may have your password: they could have made one." }))),
    slot, h("p", null, change))
  return section({ title: "Password", text: "With another password, all your other logins end." }, form)
}
