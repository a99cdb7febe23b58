// How a memory's fields are said.

import { daysAgo, dayName, fullMoment } from "../core/format.js"

export const KINDS = { long_term: "Until forgotten", short_term: "For a while" }

/** 0 to 1 as a person reads it. */
export function importance(value) {
  return `${Math.round(value * 100)} %`
}

/** "current", "expired" or "replaced". */
export function stateOf(memory) {
  if (memory.superseded_by || memory.valid_to) return "replaced"
  if (!memory.pinned && memory.expires_at && new Date(memory.expires_at) <= new Date()) return "expired"
  return "current"
}

/** When it was made, short. */
export function when(memory) {
  return daysAgo(memory.created_at) < 1 ? "Today" : dayName(memory.created_at)
}

/** What there is to know about a memory, as [name, value]. */
export function facts(memory) {
  return [
    ["Kept", memory.pinned ? "Pinned: until you forget it" : KINDS[memory.kind]],
    ["Category", memory.category],
    ["Importance", memory.pinned ? `${importance(memory.importance)}, counted as 100 % while pinned` : importance(memory.importance)],
    ["Remembered", fullMoment(memory.created_at)],
    memory.updated_at !== memory.created_at && ["Changed", fullMoment(memory.updated_at)],
    memory.expires_at && [stateOf(memory) === "expired" ? "Expired" : "Expires", fullMoment(memory.expires_at)],
    memory.valid_to && ["True until", fullMoment(memory.valid_to)],
    ["Used in answers", memory.access_count === 0 ? "Not yet" : `${memory.access_count === 1 ? "Once" : `${memory.access_count} times`}${memory.last_accessed ? `, last on ${fullMoment(memory.last_accessed)}` : ""}`],
  ].filter(Boolean)
}
