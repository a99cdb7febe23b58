// The messages on the screen: in order, each with the view it had before, and scrolled as a reader expects.

import { iconButton, spinner } from "../core/controls.js"
import { h } from "../core/dom.js"
import { dayName } from "../core/format.js"
import { messageView } from "./message-view.js"

/** Nearer to the end than this, the log stays at the end while an answer comes. */
const AT_END_PX = 80
/** Nearer to the beginning than this, older messages are read. */
const NEAR_TOP_PX = 600

export function createLog(actions, signal) {
  const list = h("div", { class: "log-list" })
  const older = h("div", { class: "log-older", hidden: true }, spinner("Loading older messages"))
  const scroller = h("div", { class: "log", role: "region", "aria-label": "Conversation", tabindex: "0" }, h("div", { class: "log-column" }, older, list))
  const toEnd = iconButton({ label: "Go to the latest message", icon: "down", class: "to-end", hidden: true, onClick: () => scrollToEnd(true) })
  const element = h("div", { class: "log-frame" }, scroller, toEnd)
  const views = new Map()
  let follows = true
  let loading = false
  let thread = null

  const distance = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight
  const scrollToEnd = (smooth = false) => {
    follows = true
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" })
  }
  const stay = () => { if (follows) scroller.scrollTop = scroller.scrollHeight }

  scroller.addEventListener("scroll", () => {
    const atEnd = distance() < AT_END_PX
    follows = atEnd
    toEnd.hidden = atEnd
    if (scroller.scrollTop < NEAR_TOP_PX) loadOlder()
  }, { passive: true, signal })
  // pictures, fonts, opened details and the keyboard of a phone change heights too
  const sizes = new ResizeObserver(stay)
  sizes.observe(scroller)
  sizes.observe(list)
  signal.addEventListener("abort", () => sizes.disconnect())

  async function loadOlder() {
    if (loading || !thread?.hasMore) return
    loading = true
    older.hidden = false
    try {
      await thread.loadOlder(signal)
    } catch (error) {
      actions.trouble(error)
    }
    older.hidden = true
    loading = false
    // a short page may leave room for more
    if (thread.hasMore && scroller.scrollHeight <= scroller.clientHeight + NEAR_TOP_PX) loadOlder()
  }

  /** Draws what `next`, a thread, shows. */
  function draw(next) {
    const isOther = next !== thread
    thread = next
    const path = thread.path
    const first = list.querySelector(".message")
    const anchor = !follows && first ? first.getBoundingClientRect().top : null
    const nodes = []
    let day = null
    for (const message of path) {
      const at = dayName(message.created_at)
      if (at !== day) nodes.push(h("p", { class: "log-day", text: at }))
      day = at
      if (!views.has(message)) views.set(message, messageView(message, actions))
      const view = views.get(message)
      view.update(surroundings(message, message === path.at(-1)))
      nodes.push(view.element)
    }
    for (const message of views.keys()) if (!path.includes(message) && views.size > 2 * path.length + 50) views.delete(message)
    place(list, nodes)
    if (isOther) follows = true
    if (anchor !== null && first.isConnected) scroller.scrollTop += first.getBoundingClientRect().top - anchor
    stay()
  }

  function surroundings(message, isLeaf) {
    const { active, tree } = thread
    return { branches: tree.branches(message), busy: active !== null || thread.isBinned, isLeaf, active: active?.answer === message ? active : null }
  }

  /** More text came for one message. */
  function drawText(message) {
    const view = views.get(message)
    if (!view?.element.isConnected) return
    view.updateText()
  }

  /** Brings a message to the eye and the focus to it. */
  function show(id) {
    const found = [...views].find(([message]) => message.id === id)
    if (!found) return
    const [, view] = found
    follows = false
    view.element.scrollIntoView({ block: "center" })
    view.element.focus({ preventScroll: true })
    view.element.classList.add("sought")
    setTimeout(() => view.element.classList.remove("sought"), 2_500)
  }

  return { element, draw, drawText, scrollToEnd, show }
}

/** Makes `nodes` the children of `list` and moves only those that stand elsewhere: what is focused or selected stays so. */
function place(list, nodes) {
  const wanted = new Set(nodes)
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove()
  let next = list.firstElementChild
  for (const node of nodes) {
    if (node === next) next = next.nextElementSibling
    else list.insertBefore(node, next)
  }
}
