// Starts the page.

import { startKeys } from "./core/keys.js"
import { startLive } from "./core/live.js"
import { startToasts } from "./core/toast.js"
import { startFrame } from "./shell/frame.js"
import { startSidebar } from "./sidebar/sidebar.js"

startKeys()
startFrame(startSidebar())
startToasts()
startLive()
