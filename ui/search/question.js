// What is asked, as it stands in the address and as the API takes it.

export const SCOPES = { all: "Everything", messages: "Messages", memories: "Memories" }
export const MODES = { best: "Words and meaning", text: "Exact words", vector: "Meaning" }
export const ROLES = { "": "Said by anyone", user: "Said by me", assistant: "Said by Jarvis" }

const DAY = /^\d{4}-\d\d-\d\d$/

/** Reads the question from the query of an address. */
export function questionOf(query) {
  const one = (name, allowed, otherwise) => (Object.hasOwn(allowed, query.get(name) ?? "") ? query.get(name) || otherwise : otherwise)
  const day = (name) => (DAY.test(query.get(name) ?? "") ? query.get(name) : "")
  return {
    q: query.get("q") ?? "", scope: one("scope", SCOPES, "all"), mode: one("mode", MODES, "best"), role: one("role", ROLES, ""),
    from: day("from"), until: day("until"), conversation: query.get("conversation") ?? "", explain: query.get("explain") === "true",
  }
}

const PLAIN = { scope: "all", mode: "best" }

/** The path that asks `question`. */
export function pathOf(question) {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(question)) if (value && PLAIN[name] !== value) parameters.set(name, value)
  const text = parameters.toString()
  return `/search${text && `?${text}`}`
}

/** Whether a filter keeps something out. */
export function isNarrow({ scope, role, from, until, conversation }) {
  return scope !== "all" || Boolean(role || from || until || conversation)
}

/** Signs that only a search by words obeys: a phrase, a word to leave out, a word with other spellings. */
export function hasSigns(q) {
  return /"[^"]+"|(^|\s)-\p{L}|[\p{L}\p{N}]~/u.test(q)
}

/** Whether it names only what is to be left out, so that there is nothing to look for. */
export function onlyLeavesOut({ q, mode }) {
  return mode !== "vector" && hasSigns(q) && q.replace(/(^|\s)-("[^"]*"?|\S+)/gu, " ").trim() === ""
}

/** The question as the API takes it; `best` is by words when there are signs, which meaning would not obey. */
export function asked({ q, scope, mode, role, from, until, conversation, explain }) {
  return {
    q, scope, role, mode: mode === "best" ? (hasSigns(q) ? "text" : "hybrid") : mode,
    from: from && startOfDay(from, 0), until: until && startOfDay(until, 1),
    conversation_id: conversation, explain: explain || null,
  }
}

/** The local start of a day like 2026-11-21, `later` days on. */
function startOfDay(day, later) {
  const [year, month, date] = day.split("-").map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}
