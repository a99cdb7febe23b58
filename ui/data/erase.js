// Erases everything: asked for with a word, answered with a receipt, and then the page begins anew.

import * as login from "../access/login.js"
import * as transfer from "../api/transfer.js"
import { button, field } from "../core/controls.js"
import { formDialog, openDialog } from "../core/dialog.js"
import { h } from "../core/dom.js"
import { beginAnew, erasing } from "../core/erased.js"
import { forgetHere } from "../core/forget.js"
import { fullMoment, number } from "../core/format.js"
import { section } from "../core/page.js"

const WORD = "erase"
const ROWS = { conversations: "Conversations", messages: "Messages", memories: "Memories", sessions: "Sessions" }
/** Where people log in, the account goes too. */
const ACCOUNT = login.isRequired ? ", and your account with its keys and logins" : ""
const FILES = { text_index: "Search index", vectors: "Vectors", files: "Files on disk" }

export function eraseSection() {
  return section({
    id: "erase", class: "danger-zone", title: "Erase everything",
    text: `All conversations, messages, memories, sessions and statistics${ACCOUNT}: from the database, from the indexes and from the files on disk. There is no way back.`,
  }, h("p", null, button({ label: "Erase everything…", look: "danger", onClick: erase })))
}

async function erase() {
  const word = h("input", { class: "input", required: true, pattern: WORD, autocomplete: "off", autocapitalize: "off", spellcheck: "false", title: `Type ${WORD}` })
  const receipt = await formDialog({
    title: "Erase everything?", class: "narrow danger-dialog", saveLabel: "Erase for good",
    fields: [
      h("p", { text: `Everything that is yours will be gone from this Jarvis${ACCOUNT}. This cannot be undone. You may want to download it first.` }),
      field({ label: `Type “${WORD}” to confirm`, control: word }),
    ],
    save: () => erasing(transfer.eraseEverything),
  })
  if (!receipt) return
  forgetHere()
  await openDialog({ title: "Everything is erased", class: "narrow", body: receiptBody(receipt), actions: (close) => button({ label: "Begin anew", look: "primary", onClick: () => close() }) }).closed
  if (login.isRequired) login.left()
  beginAnew()
}

function receiptBody({ erased_at: at, database, stopped_answers: stopped, servers_away: away, ...rest }) {
  const line = (name, value) => h("div", null, h("dt", { text: name }), h("dd", { text: value }))
  return [
    h("p", { text: `On ${fullMoment(at)}. Drafts and recent searches in this browser are gone too.` }),
    h("dl", { class: "receipt" },
      Object.entries(ROWS).map(([key, name]) => line(name, `${number(database[key])} erased`)),
      stopped > 0 && line("Running answers", `${number(stopped)} stopped`),
      Object.entries(FILES).map(([key, name]) => line(name, rest[key] === "purged" ? "Overwritten" : rest[key])),
      away > 0 && line("Servers that are away", `${number(away)}, when they start again`)),
  ]
}
