// Starts the page.

import { startAnnouncer } from "./core/announcer.js"
import { startErased } from "./core/erased.js"
import { startKeys } from "./core/keys.js"
import { startLive } from "./core/live.js"
import { startToasts } from "./core/toast.js"
import { setDrawer, startFrame } from "./shell/frame.js"
import { startSidebar } from "./sidebar/sidebar.js"

startKeys()
startToasts()
startAnnouncer()
startFrame(startSidebar({ onSearch: () => setDrawer(true) }))
startErased()
startLive()
