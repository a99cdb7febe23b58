// What axe finds wrong with a page.

import { readFileSync } from "node:fs"
import { becomes } from "./wait.js"
import { installed } from "./places.js"

const SOURCE = readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8")
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

/** Makes axe known to all pages of a context: before anything of the page, so that its content policy stays in force. */
export const bringAxe = (context) => context.addInitScript(SOURCE)

/** Each violation as a line; with `rules` only those are looked at. */
export async function violations(page, rules) {
  await becomes(() => page.locator(".spinner:visible").count(), 0, "something is still being read")
  const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: TAGS }
  const found = await page.evaluate((options) => window.axe.run(document, options), { runOnly, resultTypes: ["violations"] })
  return found.violations.flatMap(({ id, help, nodes }) => nodes.filter((node) => !isOpenMenu(id, node)).map((node) =>
    `${id}: ${help}: ${node.target.join(" ")} ${node.html.slice(0, 160)} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""}`))
}

/** A menu lies over the page for as long as it is open; no landmark has to contain it. */
function isOpenMenu(rule, { target }) {
  return rule === "region" && target.join(" ").includes("menuitem")
}
