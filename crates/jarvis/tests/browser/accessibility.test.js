import assert from "node:assert/strict"
import { bringAxe, violations } from "./harness/axe.js"
import { DESKTOP, PHONE } from "./harness/browser.js"
import { example } from "./harness/example.js"
import { choose, messageBox, row } from "./harness/page.js"
import { suite } from "./harness/suite.js"

const test = suite(import.meta.url, { fill: (server) => server.import(example()) })

const isPhone = (page) => page.viewportSize().width === PHONE.width
const ready = (page, text) => page.getByRole("main").getByText(text).first().waitFor()

/** Every state of the page that is looked at: a name, and how to get there. */
const STATES = {
  "a new conversation": async (page) => { await page.goto("/"); await messageBox(page).waitFor() },
  "a conversation with code, a table and French": async (page, { talks }) => {
    await page.goto(`/c/${talks["Counting words in Rust"]}`)
    await page.locator("[class^=hljs-]").first().waitFor()
  },
  "a menu": async (page) => {
    await page.getByRole("button", { name: "About this conversation" }).click()
    await page.getByRole("menu").waitFor()
  },
  "a dialog that asks": async (page) => {
    await page.getByRole("menuitem", { name: "Rename" }).click()
    await page.getByRole("dialog").waitFor()
  },
  "a table": async (page, { talks }) => { await page.goto(`/c/${talks["What to sow in March"]}`); await ready(page, "radishes") },
  "the sidebar's search": async (page) => {
    if (isPhone(page)) await page.getByRole("button", { name: "Open the sidebar" }).click()
    await page.getByRole("searchbox", { name: "Search conversations" }).fill("Ada")
    await page.getByRole("region", { name: "Search results" }).locator("mark").first().waitFor()
  },
  "search, empty": async (page) => { await page.goto("/search"); await ready(page, "How to search") },
  "search with results": async (page) => { await page.goto("/search?q=Ada&explain=true"); await page.locator("mark").first().waitFor() },
  memories: async (page) => { await page.goto("/memories"); await ready(page, "Ada cannot eat hazelnuts") },
  "a memory": async (page) => {
    await page.getByRole("main").getByRole("link", { name: "Ada cannot eat hazelnuts" }).click()
    await page.getByRole("dialog").getByText("Where it comes from").waitFor()
  },
  "a memory that is edited": async (page) => {
    await page.getByRole("dialog").getByRole("button", { name: "Edit" }).click()
    await page.getByRole("textbox", { name: "What to remember" }).waitFor()
  },
  statistics: async (page) => { await page.goto("/stats"); await page.locator(".bars").first().waitFor() },
  "a chart as a table": async (page) => {
    await page.getByRole("button", { name: "As a table" }).first().click()
    await page.getByRole("columnheader", { name: "Day" }).waitFor()
  },
  "your data": async (page) => { await page.goto("/data"); await ready(page, "Database on disk") },
  about: async (page) => { await page.goto("/about"); await ready(page, "Version") },
  "the help": async (page) => { await page.keyboard.press("?"); await page.getByRole("dialog", { name: "Keys" }).waitFor() },
  sessions: async (page) => {
    await page.keyboard.press("Escape")
    if (isPhone(page)) await page.getByRole("button", { name: "Open the sidebar" }).click()
    await page.getByRole("button", { name: "Sessions" }).click()
    await page.getByText("a patient teacher of French").waitFor()
  },
  "the bin": async (page) => {
    await page.goto("/")
    if (isPhone(page)) await page.getByRole("button", { name: "Open the sidebar" }).click()
    await row(page, "A loaf that rises").waitFor()
    await choose(page, page.getByRole("button", { name: "Conversations", exact: true }), "Bin")
    await page.getByText("The bin is empty").waitFor()
  },
}

for (const [screen, size] of [["a desk", DESKTOP], ["a phone", PHONE]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing wrong, on ${screen}, ${colorScheme}`, { size, colorScheme }, async ({ page, context, server }) => {
      await bringAxe(context)
      const { conversations } = await server.api("GET", "/api/chat/conversations?limit=50")
      const talks = Object.fromEntries(conversations.map(({ title, id }) => [title, id]))
      // the dark theme differs in colours alone
      const rules = colorScheme === "dark" ? ["color-contrast"] : undefined
      const found = []
      for (const [name, show] of Object.entries(STATES)) {
        await show(page, { talks })
        found.push(...(await violations(page, rules)).map((violation) => `${name}: ${violation}`))
      }
      assert.deepEqual(found, [])
    })
  }
}
