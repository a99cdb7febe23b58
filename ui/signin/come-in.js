// Waits until somebody is logged in: goes on with the login of this browser, or asks.

import * as login from "../access/login.js"
import { messageOf } from "../core/controls.js"
import { h } from "../core/dom.js"
import * as router from "../core/router.js"
import { toast } from "../core/toast.js"

/** Where an invitation leads: /join#CODE. What stands behind # is sent to no server. */
const JOIN = "/join"
/** What only pages look like where people log in. */
const STYLES = new URL("../styles/account.css", import.meta.url)

export async function comeIn() {
  const { path, hash } = router.current()
  const isInvited = path === JOIN
  let trouble = null
  const [isIn] = await Promise.all([login.resume().catch((error) => { trouble = messageOf(error) }), dressed()])
  if (isIn && isInvited) toast(`You are logged in as ${login.who().name}. An invitation is for somebody who has no account yet.`)
  if (!isIn) {
    const { signInPage } = await import("./page.js")
    const over = new AbortController()
    // another link, put in the place of one that was cut off, loads nothing by itself
    if (isInvited) addEventListener("hashchange", () => location.reload(), { signal: over.signal })
    await signInPage({ invite: isInvited ? hash : null, trouble })
    over.abort()
  }
  if (isInvited) history.replaceState(null, "", router.href("/"))
}

/** Waits for the styles; without them it is ugly, and works. */
function dressed() {
  return new Promise((resolve) => {
    document.head.append(h("link", { rel: "stylesheet", href: STYLES, on: { load: resolve, error: resolve } }))
  })
}
