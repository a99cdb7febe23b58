// The overlay that lists the keys that are in force.

import { openDialog } from "../core/dialog.js"
import { h } from "../core/dom.js"
import { keyNames, listKeys } from "../core/keys.js"

export function openHelp() {
  if (document.querySelector("dialog:modal")) return
  const groups = listKeys().map(([group, keys]) => h("section", null, h("h3", { text: group }), h("dl", { class: "keys" },
    keys.map(({ combo, label }) => h("div", null, h("dt", null, steps(combo)), h("dd", { text: label }))))))
  openDialog({ title: "Keys", body: h("div", { class: "key-groups" }, groups) })
}

function steps(combo) {
  return keyNames(combo).map((step, index) => [index > 0 && " then ", step.map((key, at) => [at > 0 && " ", h("kbd", { text: key })])])
}
