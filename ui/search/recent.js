// What was searched for lately, kept in this browser only.

import { readJson, writeJson } from "../core/storage.js"

const NAME = "searches"
const MOST = 8

export function recent() {
  const kept = readJson(NAME)
  return Array.isArray(kept) ? kept.filter((q) => typeof q === "string").slice(0, MOST) : []
}

export function remember(q) {
  if (q) writeJson(NAME, [q, ...recent().filter((other) => other !== q)].slice(0, MOST))
}

export function forgetAll() {
  writeJson(NAME, null)
}
