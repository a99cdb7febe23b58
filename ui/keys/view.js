// Keys of one's programs.

import * as auth from "../api/auth.js"
import { button, emptyState, errorNote, iconButton, spinner } from "../core/controls.js"
import { confirmDialog } from "../core/dialog.js"
import { fill, h } from "../core/dom.js"
import { fullMoment } from "../core/format.js"
import { addKey } from "../core/keys.js"
import { page } from "../core/page.js"
import { toast } from "../core/toast.js"
import { makeKey } from "./make.js"
import { PERMISSIONS } from "./words.js"

export async function mount(root, { signal, setTitle, setTools }) {
  setTitle("API keys")
  const make = async () => { if (await makeKey()) load() }
  setTools(button({ label: "New key", icon: "key", look: "plain", onClick: make }))
  addKey({ combo: "a", label: "Make a key", group: "API keys", run: () => { make() }, signal })
  const { body } = page(root, { title: "API keys", actions: button({ label: "New key", icon: "plus", look: "primary not-narrow", onClick: make }) })
  const place = h("div", null, spinner())
  body.append(h("p", { class: "page-text page-intro", text: "A key lets a program in as you, for what you allow it: an editor, a script, another assistant. Only its beginning is kept here in readable form." }), place)
  async function load() {
    try {
      const keys = await auth.keys(signal)
      fill(place, keys.length > 0 ? h("ul", { class: "entry-list boxed", "aria-label": "API keys" }, keys.map((key) => row(key, load))) : emptyState({
        icon: "key", title: "No keys yet", text: "Programs need one; you do not, as you have a password.",
        action: button({ label: "Make the first key", look: "primary", onClick: make }),
      }))
    } catch (error) {
      if (!signal.aborted) fill(place, errorNote({ error, onRetry: load }))
    }
  }
  await load()
}

function row(key, load) {
  const isOver = key.expires_at !== null && new Date(key.expires_at) <= new Date()
  return h("li", { class: "entry" },
    h("div", { class: "entry-what" },
      h("p", { class: "entry-name" }, h("strong", { text: key.name }), h("code", { text: `jrv_${key.prefix}…` }), isOver && h("span", { class: "chip danger", text: "Expired" })),
      h("p", { class: "chips" }, key.permissions.map((name) => h("span", { class: "chip", title: PERMISSIONS[name]?.[1], text: PERMISSIONS[name]?.[0] ?? name }))),
      h("p", { class: "entry-fact", text: facts(key, isOver) })),
    iconButton({ label: `Remove the key ${key.name}`, icon: "bin", onClick: () => remove(key, load) }))
}

function facts(key, isOver) {
  const used = key.last_used_at ? `last used about ${fullMoment(key.last_used_at)}` : "never used"
  const expiry = key.expires_at ? `${isOver ? "expired" : "expires"} ${fullMoment(key.expires_at)}` : "good until it is removed"
  return `Made ${fullMoment(key.created_at)}; ${used}; ${expiry}.`
}

async function remove(key, load) {
  const done = await confirmDialog({
    title: `Remove “${key.name}”?`, text: "Whatever uses it is locked out at once. There is no way back; you can make another key.",
    confirmLabel: "Remove the key", run: () => auth.removeKey(key.id),
  })
  if (!done) return
  toast(`Removed: ${key.name}`)
  load()
}
