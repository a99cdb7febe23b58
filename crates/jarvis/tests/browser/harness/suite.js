// One file of tests: a server, a model and a browser for the file, a browser profile for each test.

import assert from "node:assert/strict"
import { mkdir } from "node:fs/promises"
import { basename, join, relative } from "node:path"
import nodeTest, { after } from "node:test"
import { DESKTOP, launch, openContext } from "./browser.js"
import { startModel } from "./model.js"
import { FAILURES, ROOT } from "./places.js"
import { startServer } from "./server.js"
import { startWire } from "./wire.js"

const LONGEST_MS = 240_000
/** Parts of names, of which a test must have one; none: all run. */
const filters = JSON.parse(process.env.JARVIS_TEST_FILTERS ?? "[]")

/**
 * `test(title, options, body)` of a file. `withModel`: a model answers that the test plays, otherwise `recall` does.
 * `withWire`: the browser reaches the server over a connection that the test can cut. `fill(server, model)` stores what all
 * tests of the file look at; `variables` configure the server. The body gets {page, tab(), browserOf(), context, server, model, wire,
 * expectTrouble(pattern)}: `tab` opens another tab, `browserOf` a page in the browser of somebody else.
 */
export function suite(url, { withModel = false, withWire = false, variables = {}, fill = async () => {} } = {}) {
  const name = basename(url, ".test.js")
  let starting = null
  const start = async () => {
    const model = withModel ? await startModel() : null
    const server = await startServer({ model: model?.url, variables })
    const browser = await launch().catch(async (error) => { await server.remove(); throw error })
    await fill(server, model)
    const wire = withWire ? await startWire(server) : null
    return { browser, model, server, wire }
  }
  after(async () => {
    // what did not start was told of by the tests
    const world = await starting?.catch(() => null)
    if (!world) return
    const { browser, model, server, wire } = world
    await Promise.all([browser.close(), server.remove()])
    wire?.close()
    model?.close()
  })
  return (title, ...rest) => {
    const full = `browser::${name}::${title}`
    const body = rest.pop()
    const options = rest.pop() ?? {}
    if (filters.length > 0 && !filters.some((filter) => full.includes(filter))) return
    nodeTest(full, { timeout: LONGEST_MS }, async () => {
      starting ??= start()
      await run(await starting, full, options, body)
    })
  }
}

async function run(world, title, options, body) {
  const { browser, model, server, wire } = world
  wire?.mend()
  const { context, watch } = await openContext(browser, (wire ?? server).base, { size: DESKTOP, ...options })
  const tab = () => context.newPage()
  const others = []
  const browserOf = async () => {
    const other = await openContext(browser, (wire ?? server).base, { size: DESKTOP, ...options })
    others.push(other)
    return other.context.newPage()
  }
  server.log = ""
  try {
    const page = await tab()
    await body({ page, tab, browserOf, context, server, model, wire, expectTrouble: (pattern) => watch.expect(pattern) })
    assert.deepEqual(watch.trouble, [], "the page did what it must not")
  } catch (error) {
    const pictures = await photograph(context, title)
    const notes = [...pictures.map((path) => `picture: ${relative(ROOT, path)}`), ...watch.trouble.map((what) => `page: ${what}`), server.log && `server: ${server.log}`]
    error.stack = [error.stack, ...notes.filter(Boolean)].join("\n  ")
    throw error
  } finally {
    model?.forget()
    await Promise.all([context, ...others.map((other) => other.context)].map((each) => each.close()))
  }
}

async function photograph(context, title) {
  await mkdir(FAILURES, { recursive: true })
  const file = title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 100)
  const shots = context.pages().map(async (page, index) => {
    const path = join(FAILURES, `${file}${index > 0 ? `-${index + 1}` : ""}.png`)
    await page.screenshot({ path, timeout: 5_000 })
    return path
  })
  const done = await Promise.allSettled(shots)
  return done.filter(({ status }) => status === "fulfilled").map(({ value }) => value)
}
