// The parts of the server in words of those who only use it.

import { counted, number } from "../core/format.js"

export const OVERALL = { healthy: "Everything works.", degraded: "It works, but not all of it.", unhealthy: "Something important does not work." }

const SERVICES = {
  database: ["Storage", "Keeps what is said"],
  memory: ["Memory", "Keeps what is worth remembering"],
  search: ["Search", "Finds by words"],
  vectors: ["Meaning", "Finds what was said in other words"],
  llm: ["Language model", "Writes the answers"],
  cache: ["Cache", "Keeps what is needed often at hand"],
  voice: ["Voice", "Hears and speaks"],
}

/** {title, purpose, facts}: `facts` is null when there is nothing to count. */
export function serviceWords(name, service) {
  const [title, purpose] = SERVICES[name] ?? [name.replaceAll("_", " "), ""]
  return { title, purpose, facts: counts(name, service) }
}

function counts(name, service) {
  if (name === "memory" && service.messages !== undefined) return `${counted(service.messages, "message")}, ${counted(service.memories, "memory", "memories")}`
  if (service.lag > 0) return `${number(service.lag)} behind`
  if (name === "search" && service.documents !== undefined) return counted(service.documents, "text")
  if (name === "vectors" && service.vectors !== undefined) return counted(service.vectors, "text")
  return null
}

const UNITS = [[86_400, "day"], [3_600, "hour"], [60, "minute"]]

/** Seconds as the two largest units. */
export function since(seconds) {
  const said = []
  let rest = seconds
  for (const [size, noun] of UNITS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0 && said.length < 2) said.push(counted(count, noun))
  }
  return said.length > 0 ? said.join(" and ") : "less than a minute"
}
