// The text of an answer, also while it comes: only the blocks that changed are made again, so what stands stays selected,
// and a long answer costs no more than a short one.

import { h } from "../core/dom.js"
import { frameCode } from "./code.js"
import { blocks, render } from "./markdown.js"

/** Between two drawings there is at least this, and several times what the last one took. */
const SHORTEST_GAP_MS = 40
const GAP_FACTOR = 4

/** {element, show(text, isWhole)}; `onBlock(text)` hears of each block that came to its end. */
export function answerText({ onBlock = () => {} } = {}) {
  const element = h("div", { class: "prose" })
  let drawn = []
  let timer = 0
  let wanted = null
  let nextAt = 0
  // blocks that somebody who listens has heard of, and whether any of it came while they did
  let finished = 0
  let hasStreamed = false

  function draw({ text, isWhole }) {
    const begun = performance.now()
    const tokens = blocks(text)
    let same = 0
    while (same < tokens.length && same < drawn.length && drawn[same].raw === tokens[same].raw && drawn[same].isDone) same += 1
    for (const { nodes } of drawn.splice(same)) for (const node of nodes) node.remove()
    for (let index = same; index < tokens.length; index += 1) {
      const isDone = isWhole || index < tokens.length - 1
      const holder = h("div")
      holder.append(render(tokens[index]))
      frameCode(holder, { colours: isDone })
      frameTables(holder)
      const nodes = [...holder.childNodes]
      element.append(...nodes)
      drawn.push({ raw: tokens[index].raw, isDone, nodes })
      if (isDone && hasStreamed && index >= finished) onBlock(nodes.map((node) => node.textContent).join(" "))
      if (isDone) finished = Math.max(finished, index + 1)
    }
    nextAt = performance.now() + Math.max(SHORTEST_GAP_MS, GAP_FACTOR * (performance.now() - begun))
  }

  function show(text, isWhole) {
    wanted = { text, isWhole }
    hasStreamed ||= !isWhole
    if (isWhole) {
      clearTimeout(timer)
      timer = 0
      draw(wanted)
    } else if (timer === 0) {
      timer = setTimeout(() => { timer = 0; draw(wanted) }, Math.max(0, nextAt - performance.now()))
    }
  }

  return { element, show }
}

/** A wide table scrolls within itself. */
function frameTables(root) {
  for (const table of root.querySelectorAll("table")) {
    const frame = h("div", { class: "table", tabindex: "0", role: "group", "aria-label": "Table" })
    table.replaceWith(frame)
    frame.append(table)
  }
}
