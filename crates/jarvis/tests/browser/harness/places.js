// Where things are. What is installed and what is made lies under target/, never among the sources.

import { createRequire } from "node:module"
import { existsSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

export const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url))
export const HOME = join(ROOT, "target/browser")
/** A picture of the page of every failed test. */
export const FAILURES = join(HOME, "failures")

/** The program under test. */
export const JARVIS = resolve(process.env.JARVIS_BINARY ?? join(ROOT, "target/debug/jarvis"))

/** Requires what `cargo xtask browser` has installed. */
export const installed = createRequire(join(HOME, "package.json"))

const BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]

/** The browser: the one that JARVIS_BROWSER names, or the first that is found. */
export function browserPath() {
  if (process.env.JARVIS_BROWSER) return process.env.JARVIS_BROWSER
  const folders = (process.env.PATH ?? "").split(delimiter)
  const found = BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
  if (!found) throw new Error(`no browser found; install chromium-headless-shell or chromium, or name one in JARVIS_BROWSER`)
  return found
}
