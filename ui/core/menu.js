// A menu that opens at a button. Arrow keys move, Enter chooses, Escape closes; the focus goes back to the button.

import { h } from "./dom.js"
import { icon } from "./icons.js"

let close = () => {}

/** `items` are {label, icon, danger?, run}; null ones are left out. */
export function openMenu(anchor, items) {
  close()
  const over = new AbortController()
  const { signal } = over
  const menu = h("div", { class: "menu-popup", role: "menu", popover: "manual" }, items.filter(Boolean).map((item) =>
    h("button", { type: "button", role: "menuitem", class: item.danger ? "danger" : null, tabindex: "-1", on: { click: () => { close(); item.run() } } },
      icon(item.icon), h("span", { text: item.label }))))
  const entries = [...menu.children]
  close = (refocus = true) => {
    close = () => {}
    over.abort()
    menu.remove()
    anchor.setAttribute("aria-expanded", "false")
    if (refocus && anchor.isConnected) anchor.focus()
  }
  menu.addEventListener("keydown", (event) => {
    const at = entries.indexOf(document.activeElement)
    const to = { ArrowDown: (at + 1) % entries.length, ArrowUp: (at - 1 + entries.length) % entries.length, Home: 0, End: entries.length - 1 }[event.key]
    if (to !== undefined) entries[to].focus()
    else if (event.key === "Escape" || event.key === "Tab") close()
    else return
    event.preventDefault()
    event.stopPropagation()
  })
  document.addEventListener("pointerdown", (event) => { if (!menu.contains(event.target)) close(false) }, { signal, capture: true })
  addEventListener("resize", () => close(false), { signal })
  ;(anchor.closest("dialog") ?? document.body).append(menu)
  menu.showPopover()
  position(menu, anchor.getBoundingClientRect())
  anchor.setAttribute("aria-expanded", "true")
  entries[0]?.focus()
}

function position(menu, at) {
  const { offsetWidth: width, offsetHeight: height } = menu
  const below = at.bottom + 4 + height <= innerHeight
  menu.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - 4 - height)}px`
  menu.style.left = `${Math.min(Math.max(8, at.right - width), innerWidth - width - 8)}px`
}
