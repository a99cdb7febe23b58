// Times and numbers as a person reads them, in the language of the browser's region but with English words, as the page is
// English.

const LANGUAGE = "en"
const day = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long" })
const date = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "long", year: "numeric" })
const time = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
const moment = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "long", timeStyle: "short", hourCycle: "h23" })
const count = new Intl.NumberFormat(LANGUAGE)

const DAY_MS = 86_400_000

/** Days from `when` to today by the calendar: 0 is today, 1 yesterday. */
export function daysAgo(when) {
  const start = (value) => new Date(value.getFullYear(), value.getMonth(), value.getDate()).getTime()
  return Math.round((start(new Date()) - start(new Date(when))) / DAY_MS)
}

/** "Today", "Yesterday", a weekday, or a date: the heading of a group. */
export function dayName(when) {
  const ago = daysAgo(when)
  if (ago <= 0) return "Today"
  if (ago === 1) return "Yesterday"
  const value = new Date(when)
  if (ago < 7) return day.format(value)
  return value.getFullYear() === new Date().getFullYear() ? day.format(value) : date.format(value)
}

/** "14:05" */
export function timeOfDay(when) {
  return time.format(new Date(when))
}

/** "21 November 2026 at 14:05" */
export function fullMoment(when) {
  return moment.format(new Date(when))
}

/** "1,234" */
export function number(value) {
  return count.format(value)
}

/** "3 messages", "1 message" */
export function counted(value, noun, plural = `${noun}s`) {
  return `${count.format(value)} ${value === 1 ? noun : plural}`
}

/** "1.4 MB" */
export function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB"]
  let unit = 0
  let rest = value
  while (rest >= 1_000 && unit < units.length - 1) {
    rest /= 1_000
    unit += 1
  }
  return `${rest.toFixed(unit === 0 || rest >= 100 ? 0 : 1)} ${units[unit]}`
}
