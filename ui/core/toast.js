// Short notices that go away by themselves; said politely to screen readers.

import { button, messageOf } from "./controls.js"
import { h } from "./dom.js"

const region = h("div", { class: "toasts", role: "status", "aria-live": "polite" })
const SHOWN_MS = 6_000
const MOST = 3

export function startToasts() {
  document.body.append(region)
}

/**
 * Says `text`; with `action` ({label, run}) also offers to do something about it, such as undoing. `about` names what it is
 * about, the text itself otherwise: an older notice about the same makes room.
 */
export function toast(text, { action, danger = false, about = text } = {}) {
  for (const older of [...region.children]) if (older.dataset.about === about) older.remove()
  const notice = h("div", { class: `toast${danger ? " danger" : ""}`, data: { about } }, h("span", { text }),
    action && button({ label: action.label, look: "plain", onClick: () => { notice.remove(); action.run() } }))
  region.append(notice)
  while (region.children.length > MOST) region.firstElementChild.remove()
  let timer = setTimeout(() => notice.remove(), SHOWN_MS)
  const wait = () => clearTimeout(timer)
  const go = () => { timer = setTimeout(() => notice.remove(), SHOWN_MS) }
  for (const [event, listener] of Object.entries({ pointerenter: wait, focusin: wait, pointerleave: go, focusout: go })) {
    notice.addEventListener(event, listener)
  }
}

/** Says what went wrong with something that has no place of its own to say it. */
export function toastError(error) {
  if (error?.name !== "AbortError") toast(messageOf(error), { danger: true })
}
