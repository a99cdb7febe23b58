// A chart with its title, its legend and the same as a table.

import { button } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { number } from "../core/format.js"
import { barChart } from "./bars.js"
import { periods } from "./periods.js"

const ALL = Number.POSITIVE_INFINITY

/**
 * Numbers over time. `days` are the API's; `series` are [{name, of(day)}]. `summary` says in a sentence what it shows.
 */
export function overTime({ title, summary, days, series, signal }) {
  const names = series.map(({ name }) => name)
  const values = (day) => series.map(({ of }) => of(day))
  const place = h("div")
  let isTable = false
  const toggle = button({ label: "As a table", icon: "table", look: "plain", "aria-pressed": false, onClick: () => show(!isTable) })
  const show = (table) => {
    isTable = table
    toggle.setAttribute("aria-pressed", String(table))
    fill(place, table
      ? tableOf({ title, names, rows: periods(days, ALL, values) })
      : barChart({ label: title, series: names, read: (most) => periods(days, most, values), signal }))
  }
  show(false)
  return h("figure", { class: "page-section chart", "aria-label": title },
    h("div", { class: "chart-head" }, h("h2", { text: title }), toggle),
    h("figcaption", { class: "page-text", text: summary }),
    names.length > 1 && h("ul", { class: "chart-legend" }, names.map((name, at) => h("li", null, h("i", { class: `dot series-${at}` }), h("span", { text: name })))),
    place)
}

function tableOf({ title, names, rows }) {
  return h("div", { class: "chart-table", role: "region", "aria-label": `${title}, table`, tabindex: "0" }, h("table", null,
    h("thead", null, h("tr", null, h("th", { scope: "col", text: "Day" }), names.map((name) => h("th", { scope: "col", class: "figure", text: name })))),
    h("tbody", null, rows.toReversed().map(({ name, values }) => h("tr", null,
      h("th", { scope: "row", text: name }), values.map((value) => h("td", { class: "figure", text: number(value) })))))))
}
