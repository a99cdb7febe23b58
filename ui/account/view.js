// Who one is here, and what belongs to that.

import * as auth from "../api/auth.js"
import { errorNote, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { page, section } from "../core/page.js"
import { eraseSection } from "../data/erase.js"
import { leaveSection } from "./leave.js"
import { loginsSection } from "./logins.js"
import { passwordSection } from "./password.js"
import { profileOf } from "./profile.js"

export async function mount(root, { signal, setTitle }) {
  setTitle("Account")
  const { body } = page(root, { title: "Account" })
  const profile = h("div", { class: "form" }, spinner())
  const logins = loginsSection({ signal })
  const load = async () => {
    try {
      fill(profile, profileOf(await auth.me(signal)))
    } catch (error) {
      if (!signal.aborted) fill(profile, errorNote({ error, onRetry: load }))
    }
  }
  body.append(section({ title: "You" }, profile), passwordSection({ onChanged: logins.load }), logins.element, leaveSection({ signal }), eraseSection())
  await Promise.all([load(), logins.load()])
}
