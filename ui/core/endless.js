// Lists that go on when their end comes near.

import { errorNote, spinner } from "./controls.js"
import { fill, h } from "./dom.js"

const AHEAD = "600px"

/**
 * A list that reads page after page. `read(cursor, signal)` answers {items, next}; `draw(item)` an <li>, or null to leave it
 * out; `none()` what to show instead of an empty list; `told(page, isFirst)` is called with every page that came.
 * Answers {element, list, reset()}: `reset` begins anew, dropping what is under way.
 */
export function endlessList({ scroller, label, read, draw, none, told = () => {}, signal }) {
  const list = h("ul", { class: "endless-list", "aria-label": label })
  const tail = h("div", { class: "endless-tail" })
  const element = h("div", { class: "endless" }, list, tail)
  let asking = null
  let next = null
  let ended = true

  const watcher = new IntersectionObserver((entries) => {
    if (entries.at(-1).isIntersecting && !ended && !asking) more(false)
  }, { root: scroller, rootMargin: AHEAD })
  watcher.observe(tail)
  signal.addEventListener("abort", () => { watcher.disconnect(); asking?.abort() })

  async function more(isFirst) {
    const mine = new AbortController()
    asking?.abort()
    asking = mine
    if (!isFirst || list.childElementCount === 0) fill(tail, spinner())
    try {
      const found = await read(isFirst ? null : next, mine.signal)
      if (mine.signal.aborted) return
      asking = null
      next = found.next ?? null
      ended = next === null
      show(found, isFirst)
    } catch (error) {
      if (mine.signal.aborted || signal.aborted) return
      asking = null
      if (isFirst) fill(list)
      fill(tail, errorNote({ error, onRetry: () => more(isFirst) }))
    }
  }

  function show(found, isFirst) {
    const items = found.items.map(draw).filter(Boolean)
    if (isFirst) fill(list, items)
    else list.append(...items)
    fill(tail, ended && list.childElementCount === 0 && none())
    told(found, isFirst)
    // seen anew, it tells again: the page may have been too short to fill what is ahead
    watcher.unobserve(tail)
    watcher.observe(tail)
  }

  return {
    element,
    list,
    reset() {
      ended = true
      return more(true)
    },
    clear() {
      asking?.abort()
      asking = null
      ended = true
      fill(list)
      fill(tail)
    },
  }
}
