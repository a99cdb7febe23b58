import assert from "node:assert/strict"
import { example } from "./harness/example.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url, { fill: (server) => server.import(example()) })
const box = (page) => page.getByRole("searchbox", { name: "Search messages and memories" })
const hits = (page) => page.getByRole("main").getByRole("list", { name: "Found" }).getByRole("listitem")
const marks = (page) => hits(page).locator("mark").allTextContents()

test("search finds messages and memories while one types, and marks the words", async ({ page }) => {
  await page.goto("/search")
  await page.getByRole("heading", { name: "How to search" }).waitFor()
  await box(page).fill("hazelnuts")
  await becomes(async () => [...new Set((await marks(page)).map((word) => word.toLowerCase()))], ["hazelnuts"])
  await hits(page).filter({ hasText: "Ada cannot eat hazelnuts" }).first().waitFor()
  await hits(page).filter({ hasText: "Ada's birthday" }).first().waitFor()
  await page.getByText(/\d+ results? in \d+ ms/).waitFor()
  await hits(page).filter({ hasText: "She cannot eat" }).getByRole("link").click()
  await page.waitForURL(/\/c\/.*#/)
  await page.getByRole("article", { name: "You said" }).filter({ hasText: "She cannot eat hazelnuts" }).waitFor()
  await page.goBack()
  await becomes(() => box(page).inputValue(), "hazelnuts")
})

test("accents do not matter in French", async ({ page }) => {
  await page.goto("/search?q=reunion%20reportee&mode=text")
  await becomes(async () => [...new Set(await marks(page))].sort(), ["reportée", "réunion"])
})

test("filters narrow it down, stand in the address, and are taken off", async ({ page }) => {
  await page.goto("/search?q=Ada&mode=text")
  await hits(page).first().waitFor()
  const all = await hits(page).count()
  await page.getByRole("combobox", { name: "Where to search" }).selectOption({ label: "Memories" })
  await becomes(() => hits(page).count(), 3)
  assert.equal(await hits(page).filter({ hasText: "Memory" }).count(), 3)
  assert.ok(all > 3)
  await page.getByRole("combobox", { name: "Where to search" }).selectOption({ label: "Messages" })
  await page.getByRole("combobox", { name: "Who said it" }).selectOption({ label: "Said by Jarvis" })
  await page.waitForURL(/scope=messages.*role=assistant|role=assistant.*scope=messages/)
  await becomes(() => hits(page).filter({ hasText: "Fourvière" }).count(), 1)
  await page.getByLabel("To", { exact: true }).fill("2001-01-01")
  await page.getByRole("main").getByText("Nothing found", { exact: true }).waitFor()
  await page.reload()
  await page.getByText("The filters may keep it out.").waitFor()
  await page.getByRole("button", { name: "Search without filters" }).click()
  await page.waitForURL(/\/search\?q=Ada$/)
  await becomes(async () => await hits(page).count() >= all, true)
})

test("a search says why it found what it found", async ({ page }) => {
  await page.goto("/search?q=bread%20dough")
  await hits(page).first().waitFor()
  await page.getByRole("checkbox", { name: "Say why" }).check()
  await page.getByRole("term").filter({ hasText: "Similar meaning" }).first().waitFor()
  const scales = await page.locator("meter").evaluateAll((meters) => meters.map(({ max, value }) => ({ max, value })))
  assert.ok(scales.length > 4)
  assert.deepEqual(new Set(scales.map(({ max }) => max)), new Set([Math.max(...scales.map(({ value }) => value))]))
})

test("a search that only leaves words out says what it lacks", async ({ page }) => {
  await page.goto("/search?q=-dog")
  await page.getByRole("main").getByText("A word to look for is missing").waitFor()
  await box(page).fill("knee -dog")
  await hits(page).first().waitFor()
})

test("a phrase, a word left out, and what was searched lately", async ({ page }) => {
  await page.goto("/search")
  await box(page).fill("\"cannot eat\" -She")
  await box(page).press("Enter")
  await becomes(() => hits(page).count(), 1)
  await hits(page).getByText("Ada cannot eat hazelnuts").waitFor()
  await page.goto("/search")
  await page.getByRole("region", { name: "Recent searches" }).getByRole("button", { name: "\"cannot eat\" -She" }).click()
  await becomes(() => hits(page).count(), 1)
})
