// Name, role, how much one has of what one may have, and the time zone.

import * as auth from "../api/auth.js"
import { button, field } from "../core/controls.js"
import { h } from "../core/dom.js"
import { bytes, number } from "../core/format.js"
import { toast, toastError } from "../core/toast.js"
import { ROLES } from "../users/words.js"

const USES = [["messages", "Messages", number], ["tokens", "Tokens", number], ["storage_bytes", "Storage", bytes]]

/** The nodes that tell it; `me` is what the server answers to whoami. */
export function profileOf(me) {
  return [
    h("dl", { class: "receipt" }, line("Name", me.username), line("Role", ROLES[me.role]), USES.map(([key, name, words]) => use(me, key, name, words))),
    timeZone(me),
  ]
}

function line(name, ...value) {
  return h("div", null, h("dt", { text: name }), h("dd", null, value))
}

function use(me, key, name, words) {
  const [used, quota] = [me[key], me.quotas[key]]
  if (used === undefined) return null
  if (quota == null) return line(name, words(used))
  return line(name, h("span", { text: `${words(used)} of ${words(quota)}` }),
    h("progress", { max: String(Math.max(quota, 1)), value: String(Math.min(used, quota)), "aria-label": `${name} used` }))
}

/** What “yesterday” means. */
function timeZone(me) {
  const here = auth.timeZoneHere()
  const zones = new Set(["UTC", me.time_zone, here, ...(Intl.supportedValuesOf?.("timeZone") ?? [])])
  const select = h("select", { class: "input" }, [...zones].sort().map((zone) => h("option", { value: zone, text: zone.replaceAll("_", " ") })))
  select.value = me.time_zone
  const change = async (zone) => {
    try {
      await auth.setTimeZone(zone)
      me.time_zone = zone
      toast("The time zone is changed.")
    } catch (error) {
      toastError(error)
    }
    select.value = me.time_zone
    suggestion.hidden = me.time_zone === here
  }
  select.addEventListener("change", () => change(select.value))
  const suggestion = h("p", { hidden: me.time_zone === here },
    button({ label: `Take ${here.replaceAll("_", " ")}, as in this browser`, look: "plain", onClick: () => change(here) }))
  return h("div", null, field({ label: "Time zone", control: select, explanation: "What “yesterday” and “this evening” mean when you talk." }), suggestion)
}
