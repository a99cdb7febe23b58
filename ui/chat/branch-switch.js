import { iconButton } from "../core/controls.js"
import { h } from "../core/dom.js"

/** ‹ 2/3 › for a message that has others beside it; nothing otherwise. `choose(message)` shows another one. */
export function branchSwitch(message, branches, choose) {
  if (branches.length < 2) return null
  const at = branches.indexOf(message)
  const go = (step) => choose(branches[at + step])
  return h("div", { class: "branches", role: "group", "aria-label": "Versions" },
    iconButton({ label: "Previous version", icon: "left", disabled: at === 0, onClick: () => go(-1) }),
    h("span", { class: "branches-count", "aria-label": `Version ${at + 1} of ${branches.length}`, role: "img", text: `${at + 1}/${branches.length}` }),
    iconButton({ label: "Next version", icon: "right", disabled: at === branches.length - 1, onClick: () => go(1) }))
}
