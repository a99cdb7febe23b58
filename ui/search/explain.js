// Why something was found: the parts of its score, said in words.

import { h } from "../core/dom.js"

const WORDS = {
  words: "Words in common", meaning: "Similar meaning", speaker: "The one who is asked about", role: "Who said it", importance: "Its importance", coverage: "Many of the words", date: "The date asked for",
  answer: "Answers the question", question: "Only a question itself", time: "Time asked for", sitting: "Said around the same time", age: "Its age",
}
const LEAST = 0.005

/** The parts of the score of `hit`, the strongest first; `compare` makes the bars of all that is shown comparable. */
export function explanation(hit) {
  const parts = Object.entries(hit.explain ?? {}).filter(([, value]) => Math.abs(value) >= LEAST).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]))
  if (parts.length === 0) {
    return h("p", { class: "found-why", text: `Found by its words; score ${hit.score.toFixed(2)}.` })
  }
  return h("dl", { class: "found-why", "aria-label": "Why it was found" }, parts.map(([name, value]) => h("div", null,
    h("dt", { text: WORDS[name] ?? name.replaceAll("_", " ") }),
    h("dd", null,
      h("meter", { min: "0", max: String(Math.abs(parts[0][1])), value: String(Math.abs(value)), class: value < 0 ? "less" : null, "aria-label": WORDS[name] ?? name }),
      h("span", { text: `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}` })))))
}

/** Draws every bar within `element` on one scale: that of the greatest part. */
export function compare(element) {
  const meters = [...element.querySelectorAll(".found-why meter")]
  const top = Math.max(...meters.map((meter) => Number(meter.getAttribute("value"))))
  for (const meter of meters) meter.max = top
}
