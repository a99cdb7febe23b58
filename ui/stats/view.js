// What a person did with Jarvis, in numbers.

import * as stats from "../api/stats.js"
import { emptyState, errorNote, spinner } from "../core/controls.js"
import { debounced, fill, h } from "../core/dom.js"
import { counted, number } from "../core/format.js"
import * as live from "../core/live.js"
import { page } from "../core/page.js"
import * as router from "../core/router.js"
import { overTime } from "./figure.js"
import { ranking } from "./ranking.js"
import { tiles } from "./tiles.js"

const RANGES = { 7: "7 days", 30: "30 days", 90: "90 days", 365: "A year" }
const USUAL = 30
const MODELS = { recall: "Quoted from memory" }
const PAUSE_MS = 3_000

export async function mount(root, { route, signal, setTitle }) {
  setTitle("Statistics")
  const view = { signal, days: daysOf(route), drawn: new AbortController() }
  view.range = rangeOf()
  view.body = page(root, { title: "Statistics", fixed: view.range.element, wide: true }).body
  view.range.set(view.days)
  load(view)
  // not under the hands of somebody who reads a chart
  const again = debounced(() => { if (!view.body.contains(document.activeElement)) load(view) }, PAUSE_MS)
  for (const name of ["memory_created", "conversation_updated", "conversation_erased", "missed"]) live.on(name, () => again(), signal)
  signal.addEventListener("abort", () => { again.cancel(); view.drawn.abort() })
  return {
    update(next) {
      view.days = daysOf(next)
      view.range.set(view.days)
      load(view)
      return true
    },
  }
}

function daysOf(route) {
  const days = Number(route.query.get("days"))
  return Object.hasOwn(RANGES, days) ? days : USUAL
}

function rangeOf() {
  const inputs = Object.entries(RANGES).map(([value, text]) => {
    const input = h("input", { type: "radio", name: "range", value, on: { change: () => router.navigate(Number(value) === USUAL ? "/stats" : `/stats?days=${value}`, { replace: true }) } })
    return { input, element: h("label", { class: "segment" }, input, h("span", { text })) }
  })
  return {
    element: h("fieldset", { class: "segments" }, h("legend", { class: "visually-hidden", text: "Time" }), inputs.map(({ element }) => element)),
    set: (days) => { for (const { input } of inputs) input.checked = Number(input.value) === days },
  }
}

async function load(view) {
  view.drawn.abort()
  const mine = new AbortController()
  view.drawn = mine
  if (view.body.childElementCount === 0) fill(view.body, spinner())
  try {
    const [totals, activity] = await Promise.all([stats.totals(mine.signal), stats.activity(view.days, mine.signal)])
    if (!mine.signal.aborted) draw(view, totals, activity, mine.signal)
  } catch (error) {
    if (!mine.signal.aborted) fill(view.body, errorNote({ error, onRetry: () => load(view) }))
  }
}

function draw({ body }, { user }, activity, signal) {
  if (user.messages === 0 && user.memories === 0 && user.tokens === 0) {
    fill(body, emptyState({ icon: "stats", title: "No numbers yet", text: "Once you have talked with Jarvis, this page shows how much, when, and what it remembers." }))
    return
  }
  const { days } = activity
  fill(body, tiles(user, days),
    overTime({
      title: "Messages", summary: summaryOf(days, "messages", "message"), days, signal,
      series: [
        { name: "You", of: (day) => day.by_user }, { name: "Jarvis", of: (day) => day.by_assistant },
        ...(days.some((day) => others(day) > 0) ? [{ name: "Others", of: others }] : []),
      ],
    }),
    overTime({ title: "Tokens", summary: summaryOf(days, "tokens", "token"), days, signal, series: [{ name: "Tokens", of: (day) => day.tokens }] }),
    overTime({ title: "New memories", summary: summaryOf(days, "memories", "new memory", "new memories"), days, signal, series: [{ name: "Memories", of: (day) => day.memories }] }),
    h("div", { class: "chart-pair" },
      ranking({
        title: "Memories by category", nameColumn: "Category", columns: ["Memories"], text: "All that is remembered now.",
        rows: activity.categories.map(({ category, memories }) => ({ name: category, values: [memories] })), empty: "Nothing is remembered yet.",
      }),
      ranking({
        title: "Models", nameColumn: "Model", columns: ["Answers", "Tokens"], text: "Who answered in this time.",
        rows: activity.models.map(({ model, messages, tokens }) => ({ name: MODELS[model] ?? model, values: [messages, tokens] })), empty: "No model answered in this time.",
      })))
}

function others(day) {
  return Math.max(0, day.messages - day.by_user - day.by_assistant)
}

const dayName = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", timeZone: "UTC" })

/** What the chart shows, in a sentence. */
function summaryOf(days, name, noun, plural) {
  const total = days.reduce((sum, day) => sum + day[name], 0)
  if (total === 0) return `No ${plural ?? `${noun}s`} in this time.`
  const top = days.reduce((best, day) => (day[name] > best[name] ? day : best))
  return `${counted(total, noun, plural)} in ${days.length} days; most on ${dayName.format(new Date(top.date))}: ${number(top[name])}.`
}
