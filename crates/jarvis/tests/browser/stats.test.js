import assert from "node:assert/strict"
import { PHONE } from "./harness/browser.js"
import { example } from "./harness/example.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url, { fill: (server) => server.import(example()) })

for (const [screen, options] of [["a desk", {}], ["a phone", { size: PHONE }]]) {
  test(`the charts show what there is, on ${screen}`, options, async ({ page, server }) => {
    const { user } = await server.api("GET", "/api/stats")
    await page.goto("/stats")
    const tile = (name) => page.getByRole("main").locator(".tile").filter({ hasText: name }).locator(".tile-value")
    await becomes(() => tile("Messages").first().getAttribute("title"), user.messages.toLocaleString("en"))
    await becomes(() => tile("Memories").first().textContent(), String(user.memories))
    const chart = page.getByRole("figure", { name: "Messages" })
    await becomes(async () => await chart.locator(".bars rect[class^=series]").count() > 5, true)
    await page.getByRole("row").filter({ hasText: "health" }).waitFor()
    await page.getByRole("row").filter({ hasText: "llama3.2" }).waitFor()
  })
}

test("a chart is read with the arrow keys, and as a table", async ({ page }) => {
  await page.goto("/stats")
  const chart = page.getByRole("figure", { name: "Messages" })
  const slider = chart.getByRole("slider")
  await slider.focus()
  const last = await slider.getAttribute("aria-valuetext")
  await page.keyboard.press("ArrowLeft")
  assert.notEqual(await slider.getAttribute("aria-valuetext"), last)
  await page.keyboard.press("End")
  assert.equal(await slider.getAttribute("aria-valuetext"), last)
  await chart.getByRole("button", { name: "As a table" }).click()
  await becomes(async () => await chart.getByRole("row").count() > 5, true)
})
