// Bars over time, stacked by series: drawn as wide as there is room, read with the pointer or with the arrow keys.

import { fill, h } from "../core/dom.js"
import { number } from "../core/format.js"
import { short, ticks } from "./scale.js"
import { svg } from "./svg.js"

const HEIGHT = 220
const TOP = 10
const BOTTOM = 24
const LEFT = 44
const LEAST_BAR = 9
const LABEL_WIDTH = 64
const TIP_GAP = 8

/**
 * `series` are the names, `read(most)` answers at most so many periods {name, short, values}. `label` says what it is.
 * Answers the element; it draws itself anew when its width changes, until `signal` aborts.
 */
export function barChart({ label, series, read, signal }) {
  const drawing = svg("svg", { class: "bars", "aria-hidden": "true", height: HEIGHT })
  const tip = h("div", { class: "chart-tip", hidden: true })
  const stage = h("div", {
    class: "chart-stage", role: "slider", tabindex: "0", "aria-label": `${label}: read one after the other with the arrow keys`,
    "aria-orientation": "horizontal",
  }, drawing, tip)
  const state = { stage, drawing, tip, series, periods: [], at: 0, width: 0 }
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width)
    if (width > 0 && width !== state.width) draw(state, width, read)
  })
  observer.observe(stage)
  signal.addEventListener("abort", () => observer.disconnect())
  listen(state)
  return stage
}

function draw(state, width, read) {
  state.width = width
  state.periods = read(Math.max(7, Math.floor((width - LEFT) / LEAST_BAR)))
  state.at = state.periods.length - 1
  const { drawing, periods } = state
  const marks = ticks(Math.max(...periods.map(({ values }) => total(values))))
  const height = HEIGHT - TOP - BOTTOM
  const y = (value) => TOP + height * (1 - value / marks.at(-1))
  state.slot = (width - LEFT) / periods.length
  drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`)
  drawing.setAttribute("width", width)
  drawing.replaceChildren(
    ...marks.map((mark) => svg("g", { class: "bars-mark" },
      svg("line", { x1: LEFT, x2: width, y1: y(mark), y2: y(mark) }),
      svg("text", { x: LEFT - 8, y: y(mark) + 4, "text-anchor": "end" }, short(mark)))),
    ...periods.map((period, index) => column(state, period, index, y)),
    ...names(state))
  point(state, state.at, false)
}

function column(state, { values }, index, y) {
  const gap = Math.min(6, state.slot * 0.25)
  const x = LEFT + index * state.slot
  let below = 0
  const parts = values.map((value, at) => {
    if (value === 0) return null
    const [from, to] = [y(below), y(below + value)]
    below += value
    return svg("rect", { class: `series-${at}`, x: x + gap / 2, width: state.slot - gap, y: to, height: Math.max(from - to, 1), rx: 2 })
  })
  return svg("g", { class: "bars-column", "data-at": index }, svg("rect", { class: "bars-ground", x, width: state.slot, y: TOP, height: HEIGHT - TOP - BOTTOM }), parts)
}

/** The names below the axis: as many as do not touch. */
function names({ periods, slot }) {
  const every = Math.ceil(LABEL_WIDTH / slot)
  return periods.map(({ short: text }, index) => {
    if ((periods.length - 1 - index) % every !== 0) return null
    const last = index === periods.length - 1 && slot < LABEL_WIDTH
    return svg("text", { class: "bars-name", x: LEFT + (last ? index + 1 : index + 0.5) * slot, y: HEIGHT - 6, "text-anchor": last ? "end" : "middle" }, text)
  }).filter(Boolean)
}

function total(values) {
  return values.reduce((sum, value) => sum + value, 0)
}

function listen(state) {
  const { stage, drawing } = state
  stage.addEventListener("keydown", (event) => {
    const last = state.periods.length - 1
    const to = { ArrowLeft: state.at - 1, ArrowDown: state.at - 1, ArrowRight: state.at + 1, ArrowUp: state.at + 1, Home: 0, End: last, PageUp: state.at - 7, PageDown: state.at + 7 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    event.stopPropagation()
    point(state, Math.min(Math.max(to, 0), last), true)
  })
  stage.addEventListener("focus", () => point(state, state.at, stage.matches(":focus-visible")))
  stage.addEventListener("blur", () => hide(state))
  drawing.addEventListener("pointermove", (event) => {
    const column = event.target.closest("[data-at]")
    if (column) point(state, Number(column.dataset.at), true)
  })
  drawing.addEventListener("pointerdown", (event) => {
    const column = event.target.closest("[data-at]")
    if (column) point(state, Number(column.dataset.at), true)
  })
  stage.addEventListener("pointerleave", () => { if (!stage.matches(":focus-visible")) hide(state) })
}

function point(state, index, shown) {
  const period = state.periods[index]
  if (!period) return
  state.at = index
  const { stage, tip, series, drawing } = state
  const said = period.values.map((value, at) => `${series[at]}: ${number(value)}`)
  stage.setAttribute("aria-valuemin", "1")
  stage.setAttribute("aria-valuemax", String(state.periods.length))
  stage.setAttribute("aria-valuenow", String(index + 1))
  stage.setAttribute("aria-valuetext", `${period.name}: ${said.join(", ")}`)
  drawing.querySelector(".pointed")?.classList.remove("pointed")
  tip.hidden = !shown
  if (!shown) return
  drawing.querySelector(`[data-at="${index}"]`).classList.add("pointed")
  fill(tip, h("strong", { text: period.name }), said.map((text, at) => h("span", null, series.length > 1 && h("i", { class: `dot series-${at}` }), text)))
  tip.style.left = `${beside(state, index)}px`
}

/** Where the tip stands so that it hides neither its column nor leaves the chart. */
function beside({ slot, tip, width }, index) {
  const start = LEFT + index * slot
  const place = start + slot / 2 > width / 2 ? start - tip.offsetWidth - TIP_GAP : start + slot + TIP_GAP
  return Math.min(Math.max(place, 0), width - tip.offsetWidth)
}

function hide({ tip, drawing }) {
  tip.hidden = true
  drawing.querySelector(".pointed")?.classList.remove("pointed")
}
