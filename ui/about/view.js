// What runs here, and whether it is well.

import { health } from "../api/health.js"
import { button, errorNote, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { timeOfDay } from "../core/format.js"
import { page, section } from "../core/page.js"
import * as router from "../core/router.js"
import { OVERALL, serviceWords, since } from "./words.js"

const EVERY_MS = 15_000

export async function mount(root, { signal, setTitle }) {
  setTitle("About")
  const { body } = page(root, { title: "About" })
  const place = h("div", { class: "about" }, spinner())
  body.append(place)
  const load = async () => {
    try {
      fill(place, parts(await health(signal), load))
    } catch (error) {
      if (!signal.aborted) fill(place, errorNote({ error, onRetry: load }))
    }
  }
  await load()
  const timer = setInterval(() => { if (document.visibilityState === "visible") load() }, EVERY_MS)
  signal.addEventListener("abort", () => clearInterval(timer))
}

function parts(state, again) {
  return [
    section({ title: "How it is doing", class: `state-${state.status}` },
      h("p", { class: "state-line" }, h("span", { class: `state-dot ${state.status}`, "aria-hidden": "true" }), h("strong", { text: OVERALL[state.status] ?? state.status })),
      h("ul", { class: "services" }, Object.entries(state.services).map(([name, service]) => serviceItem(name, service))),
      h("p", { class: "page-text about-checked" }, h("span", { text: `Looked at ${timeOfDay(state.timestamp)}.` }), button({ label: "Look again", icon: "again", look: "plain", onClick: again }))),
    section({ title: "Jarvis" },
      h("dl", { class: "receipt" }, [
        ["Version", state.version], ["Running for", since(state.uptime_secs)],
        ["Memory in use", `${Math.round(state.memory_usage.used_mb)} MB of ${Math.round(state.memory_usage.total_mb / 1_024)} GB`],
      ].map(([name, value]) => h("div", null, h("dt", { text: name }), h("dd", { text: value })))),
      h("p", { class: "page-text" }, "For programs: ", h("a", { href: router.href("/docs"), text: "what the API can do" }), ".")),
  ]
}

function serviceItem(name, service) {
  const { title, purpose, facts } = serviceWords(name, service)
  const words = { healthy: "Works", degraded: "Works in part", unhealthy: "Does not work" }
  return h("li", { class: "service" },
    h("span", { class: `state-dot ${service.status}`, "aria-hidden": "true" }),
    h("div", { class: "service-what" }, h("strong", { text: title }), h("span", { class: "page-text", text: purpose }),
      service.error && h("p", { class: "service-error", text: service.error })),
    h("div", { class: "service-state" }, h("span", { text: words[service.status] ?? service.status }), facts && h("span", { class: "page-text", text: facts })))
}
