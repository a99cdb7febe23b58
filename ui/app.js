// Starts the page: at once where nobody logs in, otherwise when somebody has.

import * as login from "./access/login.js"
import { startAnnouncer } from "./core/announcer.js"
import { beginAnew, isErasing, startErased } from "./core/erased.js"
import { startKeys } from "./core/keys.js"
import { startLive } from "./core/live.js"
import { startToasts } from "./core/toast.js"
import { setDrawer, startFrame } from "./shell/frame.js"
import { startSidebar } from "./sidebar/sidebar.js"

startKeys()
startToasts()
startAnnouncer()
let account = null
if (login.isRequired) {
  const [{ comeIn }, { accountButton }] = await Promise.all([import("./signin/come-in.js"), import("./shell/account-button.js")])
  await comeIn()
  account = accountButton()
  // nothing of what was read stays in the page; the address does, for whoever logs in again
  login.on("over", (why) => {
    if (isErasing()) return
    if (why === "left") beginAnew()
    else location.reload()
  })
}
startFrame(startSidebar({ onSearch: () => setDrawer(true) }), account)
startErased()
startLive()
