// Prints what the page's first view costs, for bench/RESULTS.md: bytes as sent, requests, time to the first contentful
// paint (the median of several fresh browser profiles). Run as `cargo xtask browser weigh`; JARVIS_BINARY names another
// build to weigh, such as target/release/jarvis.

import { launch, openContext } from "./harness/browser.js"
import { example } from "./harness/example.js"
import { startServer } from "./harness/server.js"
import { weigh } from "./harness/weight.js"

const ROUNDS = 7
const VIEWS = ["/", "/search", "/memories", "/stats", "/data", "/about"]

const [browser, server] = await Promise.all([launch(), startServer()])
try {
  await server.import(example())
  console.log("| view | requests | bytes sent | first contentful paint |\n|---|--:|--:|--:|")
  for (const view of VIEWS) {
    const rounds = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const { context } = await openContext(browser, server.base)
      rounds.push(await weigh(await context.newPage(), view))
      await context.close()
    }
    const { requests, bytes } = rounds[0]
    const paint = rounds.map(({ firstPaintMs }) => firstPaintMs).sort((one, other) => one - other)[Math.floor(ROUNDS / 2)]
    console.log(`| \`${view}\` | ${requests} | ${bytes.toLocaleString("en")} | ${Math.round(paint)} ms |`)
  }
} finally {
  await Promise.all([browser.close(), server.remove()])
}
