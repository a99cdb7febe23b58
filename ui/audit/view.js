// What was done, by whom, when: for administrators.

import * as audit from "../api/audit.js"
import { button, emptyState, errorNote } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { endlessList } from "../core/endless.js"
import { counted, number } from "../core/format.js"
import { icon } from "../core/icons.js"
import { page } from "../core/page.js"
import * as router from "../core/router.js"
import { stepKeys } from "../core/step-keys.js"
import { auditEntry } from "./entry.js"
import { auditFilters, filterOf, isNarrow, pathOf, queryOf } from "./filters.js"

const PAGE = 50

export async function mount(root, { route, signal, setTitle }) {
  setTitle("Audit trail")
  const bar = auditFilters((filter) => router.navigate(pathOf(filter), { replace: true }))
  const answer = h("div", { class: "audit-answer", role: "status" })
  const check = button({ label: "Verify", icon: "check", onClick: () => verify(check, answer) })
  const { body, scroller } = page(root, { title: "Audit trail", actions: check, fixed: [bar.element, answer] })
  let filter = null
  const list = endlessList({
    scroller, signal, label: "Audit trail",
    read: async (cursor, reading) => {
      const found = await audit.list({ ...queryOf(filter), cursor, limit: PAGE }, reading)
      return { items: found.entries, next: found.next_cursor }
    },
    draw: auditEntry,
    none: () => emptyState(isNarrow(filter) ? {
      icon: "trail", title: "Nothing like that was done", text: "Acts and objects are found by their whole name: auth.login, user.register.",
      action: button({ label: "Show everything", onClick: () => router.navigate("/audit") }),
    } : { icon: "trail", title: "Nothing was done yet" }),
    told: ({ items }) => bar.offer(items.map(({ act }) => act)),
  })
  list.list.classList.add("entry-list", "boxed")
  body.append(list.element)
  stepKeys({ root: list.element, selector: "summary", group: "Audit trail", noun: "entry", signal })
  const follow = (next) => {
    filter = filterOf(next.query)
    bar.set(filter)
    list.reset().then(() => scroller.scrollTo(0, 0))
    return true
  }
  follow(route)
  return { update: follow }
}

async function verify(control, place) {
  // a button that is disabled loses the focus
  const hadFocus = document.activeElement === control
  control.disabled = true
  fill(place, h("p", { class: "page-text", text: "Every entry is held against the one before…" }))
  try {
    fill(place, verdict(await audit.verify()))
  } catch (error) {
    fill(place, errorNote({ error, onRetry: () => verify(control, place) }))
  }
  control.disabled = false
  if (hadFocus && document.activeElement === document.body) control.focus()
}

/** `head` is {seq, hash} of the newest entry. */
function verdict({ intact, entries, head, first_broken: broken }) {
  if (intact) {
    return h("div", { class: "note good" }, icon("check"), h("div", null,
      h("p", { text: `The trail is intact: ${counted(entries, "entry", "entries")}, each of which vouches for the one before.` }),
      head?.hash && h("p", { class: "entry-fact" }, "Kept elsewhere, this shows later whether the end was cut off: ", h("code", { text: `${head.seq} ${head.hash}` }))))
  }
  return h("div", { class: "note danger" }, icon("warning"),
    h("p", { text: `The trail was changed. The first entry that does not fit is number ${number(broken.seq)}: ${broken.why}` }))
}
