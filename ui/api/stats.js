import { request } from "./client.js"

/** {user: {conversations, messages, memories, tokens, updated_at?}, store: {users, …, bytes}, indexed}. */
export const totals = (signal) => request("GET", "/api/stats", { signal })

/** The last `days` days in this browser's time zone: {days, roles, models, new_memories, categories}. */
export const activity = (days, signal) =>
  request("GET", "/api/stats/activity", { query: { days, utc_offset_minutes: -new Date().getTimezoneOffset() }, signal })
