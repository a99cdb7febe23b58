// What the search shows before anything is asked: what was asked lately, and how to ask.

import { button } from "../core/controls.js"
import { h } from "../core/dom.js"
import { icon } from "../core/icons.js"
import { forgetAll, recent } from "./recent.js"

const SIGNS = [
  { q: "dentist appointment", says: "finds these words, and what means the same" },
  { q: "“quoted words”", put: "\"quoted words\"", says: "must stand together" },
  { q: "meeting -monday", says: "leaves out what has the word after the minus" },
  { q: "sourdogh~", says: "also finds similar spellings" },
  { q: "“réunion de mardi” -reporté", put: "\"réunion de mardi\" -reporté", says: "French as well; accents and capitals do not matter" },
]

/** `onAsk(q)` hears what was chosen. */
export function welcome(onAsk) {
  const element = h("div", { class: "search-welcome" })
  draw(element, onAsk)
  return element
}

function draw(element, onAsk) {
  const asked = recent()
  element.replaceChildren(
    ...(asked.length > 0 ? [recentList(asked, onAsk, () => draw(element, onAsk))] : []),
    h("section", { "aria-label": "How to search" }, h("h2", { text: "How to search" }), signs(onAsk)))
}

export function signs(onAsk) {
  return h("ul", { class: "search-signs" }, SIGNS.map(({ q, put = q, says }) => h("li", null,
    h("button", { type: "button", class: "search-sign", on: { click: () => onAsk(put) } }, h("code", { text: q })), h("span", { text: says }))))
}

function recentList(asked, onAsk, redraw) {
  return h("section", { "aria-label": "Recent searches" },
    h("div", { class: "search-recent-head" }, h("h2", { text: "Recent searches" }),
      button({ label: "Clear", look: "plain", onClick: () => { forgetAll(); redraw() } })),
    h("ul", { class: "search-recent" }, asked.map((q) => h("li", null,
      h("button", { type: "button", on: { click: () => onAsk(q) } }, icon("again"), h("span", { text: q }))))))
}
