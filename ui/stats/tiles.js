// The totals.

import { h } from "../core/dom.js"
import { counted, number } from "../core/format.js"
import { short } from "./scale.js"

const LONG = 1_000_000

/** `user` are all there is, `days` those of the range. */
export function tiles(user, days) {
  const sum = (name) => days.reduce((total, day) => total + day[name], 0)
  const active = days.filter((day) => day.messages > 0).length
  return h("dl", { class: "tiles" },
    tile("Conversations", user.conversations, `${number(sum("conversations"))} begun in this time`),
    tile("Messages", user.messages, `${number(sum("messages"))} on ${counted(active, "day")}`),
    tile("Memories", user.memories, `${number(sum("memories"))} new`),
    tile("Tokens", user.tokens, `${figure(sum("tokens"))} in this time`))
}

/** A number as it is, a long one shortened. */
const figure = (value) => (value >= LONG ? short(value) : number(value))

function tile(name, value, note) {
  return h("div", { class: "tile" }, h("dt", { text: name }),
    h("dd", { class: "tile-value", title: number(value), text: figure(value) }),
    h("dd", { class: "tile-note", text: note }))
}
