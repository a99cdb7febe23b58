// Runs the files of tests beside each other, each in a process of its own, and reports as Rust's tests do.
//
// node run.js [part of a name]…

import { readdirSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { run } from "node:test"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))
const files = readdirSync(here).filter((name) => name.endsWith(".test.js")).sort().map((name) => join(here, name))
process.env.JARVIS_TEST_FILTERS = JSON.stringify(process.argv.slice(2))

const failures = []
let passed = 0
const started = performance.now()

function report({ name, details }, failed) {
  if (details.type === "suite") return
  // a file is told of too, when it has no test or breaks before its first
  const isFile = files.includes(name)
  if (isFile && !failed) return
  const title = isFile ? `browser::${name.slice(here.length)}` : name
  if (failed) failures.push({ title, error: details.error })
  else passed += 1
  console.log(`test ${title} ... ${failed ? "FAILED" : `ok (${(details.duration_ms / 1_000).toFixed(1)} s)`}`)
}

const stream = run({ files, concurrency: Math.max(2, availableParallelism()) })
stream.on("test:pass", (event) => report(event, false))
stream.on("test:fail", (event) => report(event, true))
stream.on("test:stderr", ({ message }) => process.stderr.write(message))
stream.on("test:stdout", ({ message }) => process.stdout.write(message))
for await (const event of stream) void event

for (const { title, error } of failures) {
  const cause = error?.cause ?? error
  console.log(`\n---- ${title}\n${cause?.stack ?? cause?.message ?? cause}`)
}
const seconds = ((performance.now() - started) / 1_000).toFixed(1)
console.log(`\ntest result: ${failures.length > 0 ? "FAILED" : "ok"}. ${passed} passed; ${failures.length} failed; finished in ${seconds}s`)
process.exitCode = failures.length > 0 ? 1 : 0
