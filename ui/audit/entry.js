// One entry of the trail: a line, and what changed when it is opened.

import { h } from "../core/dom.js"
import { fullMoment, number } from "../core/format.js"

const NOBODY = "Jarvis itself"

/** An <li>. */
export function auditEntry(entry) {
  const { seq, at, actor, via, act, object } = entry
  return h("li", { class: "audit-entry", data: { id: entry.id } }, h("details", null,
    h("summary", null,
      h("span", { class: "audit-act" }, h("strong", { text: act }), " ", h("span", { class: "audit-object", text: object ?? "" })),
      h("span", { class: "entry-fact", text: `${actor.name || NOBODY}, ${fullMoment(at)}` })),
    h("dl", { class: "receipt" }, line("Number", number(seq)), line("By", `${actor.name || NOBODY}${actor.id ? ` (${actor.id})` : ""}`), line("Through", via), line("Object", object)),
    changes(entry),
    h("p", { class: "entry-fact audit-hash" }, "Hash ", h("code", { text: entry.hash }), h("br"), "Before it ", h("code", { text: entry.previous_hash }))))
}

function line(name, value) {
  return value && h("div", null, h("dt", { text: name }), h("dd", { text: value }))
}

/** What was so before, and what is since: a row for each field that either has. */
function changes({ before, after }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
  if (names.length === 0) return null
  return h("div", { class: "audit-changes" }, h("table", null,
    h("thead", null, h("tr", null, ["Field", "Before", "After"].map((text) => h("th", { scope: "col", text })))),
    h("tbody", null, names.map((name) => h("tr", null, h("th", { scope: "row", text: name }), cell(before?.[name]), cell(after?.[name]))))))
}

function cell(value) {
  return h("td", { text: value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value) })
}
