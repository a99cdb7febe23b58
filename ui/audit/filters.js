// What of the trail is shown. All of it lives in the address.

import { debounced, h, uniqueId } from "../core/dom.js"
import { filterBar, searchField } from "../core/filter-bar.js"

const PAUSE_MS = 250
const FIELDS = ["act", "actor", "subject", "object", "from", "to"]
const DAY_MS = 86_400_000

/** Reads the filter from the query of an address; from and to are days, both included. */
export function filterOf(query) {
  return Object.fromEntries(FIELDS.map((name) => [name, query.get(name) ?? ""]))
}

/** The path that shows `filter`. */
export function pathOf(filter) {
  const parameters = new URLSearchParams(FIELDS.filter((name) => filter[name]).map((name) => [name, filter[name]]))
  const text = parameters.toString()
  return `/audit${text && `?${text}`}`
}

export const isNarrow = (filter) => FIELDS.some((name) => filter[name])

/** As the API takes it: days begin and end where this browser is. */
export function queryOf({ from, to, ...rest }) {
  const moment = (day, later) => {
    const begin = new Date(`${day}T00:00`)
    return day && !Number.isNaN(begin.getTime()) ? new Date(begin.getTime() + later).toISOString() : null
  }
  return { ...rest, from: moment(from, 0), to: moment(to, DAY_MS) }
}

/** The controls; `onChange(filter)` hears what is asked for. Answers {element, set(filter), offer(acts)}. */
export function auditFilters(onChange) {
  const known = new Set()
  const acts = h("datalist", { id: uniqueId("acts") })
  const small = (label, more) => h("input", { class: "input compact", "aria-label": label, placeholder: more ? null : label, autocomplete: "off", spellcheck: "false", ...more })
  const inputs = {
    act: searchField("Act, such as auth.login", { list: acts.id }),
    actor: small("By whom"), subject: small("About whom"), object: small("Object"), from: small("From", { type: "date" }), to: small("To", { type: "date" }),
  }
  const read = () => Object.fromEntries(FIELDS.map((name) => [name, inputs[name].value.trim()]))
  const changed = () => { later.cancel(); onChange(read()) }
  const later = debounced(() => onChange(read()), PAUSE_MS)
  for (const input of Object.values(inputs)) input.addEventListener(input.type === "date" ? "change" : "input", () => later())
  const { act, actor, subject, object, from, to } = inputs
  const labelled = (text, input) => h("label", { class: "day-filter" }, h("span", { "aria-hidden": "true", text }), input)
  const element = filterBar({ label: "Filter the audit trail", input: act, filters: [actor, subject, object, labelled("From", from), labelled("To", to), acts], onSubmit: changed })
  return {
    element,
    set(filter) {
      for (const name of FIELDS) if (inputs[name] !== document.activeElement) inputs[name].value = filter[name]
    },
    offer(names) {
      for (const name of names) {
        if (known.has(name)) continue
        known.add(name)
        acts.append(h("option", { value: name }))
      }
    },
  }
}
