// One entry of the trail: a line, and what changed when it is opened.

import { h } from "../core/dom.js"
import { fullMoment, number } from "../core/format.js"

/** The ways in, by what the way is called up to a colon; behind that stands the id of the login or key. */
const WAYS = { login: "A login", key: "An API key", user: "Themselves", open: "Open mode", system: "Jarvis itself" }

/** An <li>. */
export function auditEntry(entry) {
  const { seq, at, actor, act, object, subject, unreadable } = entry
  const name = nameOf(entry)
  return h("li", { class: "audit-entry", data: { id: entry.id } }, h("details", null,
    h("summary", null,
      h("span", { class: "audit-act" }, h("strong", { text: act }), " ", h("span", { class: "audit-object", text: object ?? "" }), unreadable && h("span", { class: "chip danger", text: "Cannot be read" })),
      h("span", { class: "entry-fact", text: `${name}${isOfAnother(entry) ? ` about ${subjectOf(subject)}` : ""}, ${fullMoment(at)}` })),
    h("dl", { class: "receipt" }, line("Number", number(seq)), line("By", `${name}${actor.id ? ` (${actor.id})` : ""}`), line("Through", wayOf(entry)), line("Object", object), line("About", subject && `${subjectOf(subject)} (${subject.id})`)),
    unreadable && h("p", { class: "entry-fact", text: "What it told cannot be read: it was changed in the database." }),
    changes(entry),
    hashes(entry)))
}

function nameOf({ actor, via }) {
  return actor.name || (via === "system" ? WAYS.system : "Somebody who is gone")
}

const isOfAnother = ({ actor, subject }) => subject && subject.id !== actor.id

const subjectOf = ({ name }) => name || "somebody who is gone"

function wayOf({ via }) {
  const [way, id] = via.split(":")
  return WAYS[way] ? `${WAYS[way]}${id ? ` (${id})` : ""}` : via
}

/** What vouches for the entry; those from before there was a chain have none. */
function hashes({ hash, previous_hash: previous }) {
  const text = (words, value) => value && h("span", null, words, " ", h("code", { text: value }))
  return hash && h("p", { class: "entry-fact audit-hash" }, text("Hash", hash), text("Before it", previous))
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
