// What came of an import.

import { fill, h } from "../core/dom.js"
import { counted, number } from "../core/format.js"
import { icon } from "../core/icons.js"

const FORMATS = { jsonl: "JSON lines", chatgpt: "ChatGPT", claude: "Claude", openwebui: "Open WebUI", librechat: "LibreChat", openconverse: "OpenConverse" }
const FIRST = 20

export function report({ format, imported, existing, skipped, skipped_total: total, left_out: leftOut = [] }) {
  const isNew = sentence(imported)
  const isOld = sentence(existing)
  return h("div", { class: "import-report", role: "status" },
    h("p", { class: isNew ? "good" : null }, isNew && icon("check"),
      h("span", { text: isNew ? `Taken in: ${isNew}.` : isOld ? "Nothing new in it." : "There was nothing in it that can be taken." })),
    format && h("p", { class: "page-text", text: `Read as ${FORMATS[format] ?? format}.` }),
    isOld && h("p", { class: "page-text", text: `Already here: ${isOld}.` }),
    leftOut.length > 0 && h("p", { class: "page-text", text: `Left out, as it is no part of what was said: ${leftOut.map(({ what, count }) => `${number(count)} × ${what}`).join(", ")}.` }),
    total > 0 && skippedTable(skipped, total, !isNew && !isOld))
}

function sentence({ conversations, messages, memories, sessions }) {
  return [
    [conversations, "conversation"], [messages, "message"], [memories, "memory", "memories"], [sessions, "session"],
  ].filter(([count]) => count > 0).map(([count, ...noun]) => counted(count, ...noun)).join(", ")
}

/** `open`: there is nothing else to tell, so the reasons are shown at once. */
function skippedTable(skipped, total, open) {
  const rows = h("tbody")
  const more = h("button", { type: "button", class: "button plain" })
  const show = (count) => {
    fill(rows, skipped.slice(0, count).map(({ line, path, reason }) => h("tr", null,
      h("th", { scope: "row", text: path ?? (line === 0 ? "The file" : number(line)) }), h("td", { text: reason }))))
    more.hidden = count >= skipped.length
    more.textContent = `Show ${number(skipped.length - count)} more`
  }
  more.addEventListener("click", () => show(skipped.length))
  show(FIRST)
  return h("details", { class: "skipped", open },
    h("summary", { text: `${counted(total, "entry", "entries")} could not be taken: see why` }),
    h("table", null, h("thead", null, h("tr", null, h("th", { scope: "col", text: "Line" }), h("th", { scope: "col", text: "Why" }))), rows),
    more, total > skipped.length && h("p", { class: "page-text", text: `Only the first ${number(skipped.length)} are listed.` }))
}
