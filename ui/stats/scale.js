// Round numbers for an axis.

/** The ticks from 0 to at least `highest`, about `count` of them; whole numbers. */
export function ticks(highest, count = 4) {
  const step = niceStep(Math.max(highest, 1) / count)
  const last = Math.ceil(Math.max(highest, 1) / step)
  return Array.from({ length: last + 1 }, (_, index) => index * step)
}

function niceStep(rough) {
  if (rough <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const times = [1, 2, 5, 10].find((factor) => factor * power >= rough)
  return times * power
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 })

/** A number as short as an axis or a tile needs it: 12, 1.2K, 4M. */
export function short(value) {
  return compact.format(value)
}
