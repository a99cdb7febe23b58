// Names with how much there is of each, as a table with bars in it.

import { h } from "../core/dom.js"
import { number } from "../core/format.js"
import { svg } from "./svg.js"

const MOST = 12

/** `rows` are [{name, values}] with one value for each of `columns`; the bar is drawn of the first. */
export function ranking({ title, text, nameColumn, columns, rows, empty }) {
  const shown = rows.slice(0, MOST)
  const highest = Math.max(1, ...shown.map(({ values }) => values[0]))
  return h("section", { class: "page-section chart", "aria-label": title }, h("h2", { text: title }), text && h("p", { class: "page-text", text }),
    shown.length === 0 ? h("p", { class: "page-text", text: empty }) : h("table", { class: "ranking" },
      h("thead", null, h("tr", null, h("th", { scope: "col", text: nameColumn }), h("td", { class: "ranking-bar" }), columns.map((name) => h("th", { scope: "col", class: "figure", text: name })))),
      h("tbody", null, shown.map(({ name, values }) => h("tr", null,
        h("th", { scope: "row", text: name }), h("td", { class: "ranking-bar" }, bar(values[0] / highest)),
        values.map((value) => h("td", { class: "figure", text: number(value) })))))),
    rows.length > MOST && h("p", { class: "page-text", text: `And ${rows.length - MOST} more.` }))
}

function bar(share) {
  return svg("svg", { "aria-hidden": "true", width: "100%", height: 10 },
    svg("rect", { class: "series-0", x: 0, y: 0, width: `${Math.max(share * 100, 0.5)}%`, height: 10, rx: 3 }))
}
