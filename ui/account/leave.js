// Logging out, and taking along what one has.

import * as auth from "../api/auth.js"
import { everything } from "../api/transfer.js"
import { button } from "../core/controls.js"
import { h } from "../core/dom.js"
import { downloadControl } from "../core/download.js"
import { icon } from "../core/icons.js"
import { section } from "../core/page.js"
import { toastError } from "../core/toast.js"

export function leaveSection({ signal }) {
  return section({ title: "Leave", text: "Logging out forgets drafts and recent searches in this browser; your conversations stay where they are." },
    h("div", { class: "button-row" },
      button({ label: "Log out", icon: "leave", look: "primary", onClick: () => auth.logOut().catch(toastError) }),
      downloadControl(everything(), { signal, class: "button" }, icon("download"), h("span", { text: "Download everything" }))))
}
