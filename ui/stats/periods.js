// Days, or weeks of days when there is no room for all of them.

const dayLabel = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
const shortLabel = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" })
const DAYS_OF_A_WEEK = 7

/** `days` ({date, …numbers}) as periods {name, short, values} of at most `most`; `values(day)` are added up. */
export function periods(days, most, values) {
  const size = days.length <= most ? 1 : days.length <= most * DAYS_OF_A_WEEK ? DAYS_OF_A_WEEK : 2 * DAYS_OF_A_WEEK
  const found = []
  // whole periods up to today: the oldest may be a short one
  for (let end = days.length; end > 0; end -= size) found.unshift(period(days.slice(Math.max(0, end - size), end), values))
  return found
}

function period(days, values) {
  const [first, last] = [new Date(days[0].date), new Date(days.at(-1).date)]
  const sums = days.map(values).reduce((sum, more) => sum.map((value, index) => value + more[index]))
  const name = days.length === 1 ? dayLabel.format(first) : `${shortLabel.format(first)} to ${shortLabel.format(last)} ${last.getUTCFullYear()}`
  return { name, short: shortLabel.format(first), values: sums }
}
