import assert from "node:assert/strict"
import { example } from "./harness/example.js"
import { answered, messageBox } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes, until } from "./harness/wait.js"

const test = suite(import.meta.url, { withModel: true, fill: (server) => server.import(example()) })
const MOST_TABS = 40

/** What has the focus, by its name. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement
  return (element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent).trim()
})

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page, name) {
  const seen = []
  for (let pressed = 0; pressed < MOST_TABS; pressed += 1) {
    await page.keyboard.press("Tab")
    seen.push(await focused(page))
    if (seen.at(-1) === name) return
  }
  assert.fail(`Tab does not lead to “${name}” but to ${seen.join(", ")}`)
}

async function keys(page, ...combos) {
  for (const combo of combos) await page.keyboard.press(combo)
}

test("a whole tour with the keyboard alone", async ({ page, model, server }) => {
  await page.goto("/")
  await messageBox(page).waitFor()
  // chat: what is written goes to where one writes, without looking for it
  await becomes(() => focused(page), "Message")
  model.next().whole("A volcano cake, as always.")
  await page.keyboard.type("Which cake for Ada?")
  await keys(page, "Enter")
  await answered(page, "A volcano cake, as always.")

  // search, and open what was found
  await keys(page, "Tab", "g", "s")
  await becomes(() => focused(page), "Search messages and memories")
  await page.keyboard.type("traboules")
  await page.getByText(/^\d+ results? in/).waitFor()
  await keys(page, "ArrowDown", "Enter")
  const hit = page.getByRole("article").filter({ hasText: "traboules" })
  await hit.waitFor()
  await until("what was found has the focus", () => hit.evaluate((element) => element === document.activeElement))

  // change a memory
  await keys(page, "g", "m")
  await page.getByRole("main").getByText("Ada is mad about dinosaurs").waitFor()
  await keys(page, "/")
  await page.keyboard.type("dinosaurs")
  await becomes(() => page.getByRole("main").locator("mark").allTextContents(), ["dinosaurs"])
  await keys(page, "ArrowDown", "e")
  await page.getByRole("dialog", { name: "Edit the memory" }).waitFor()
  await becomes(() => focused(page), "What to remember")
  await keys(page, "Control+a")
  await page.keyboard.type("Ada is mad about volcanoes")
  await tabTo(page, "Save")
  await keys(page, "Enter")
  await becomes(async () => (await server.api("GET", "/api/memory/list")).memories.filter(({ content }) => content.includes("volcanoes")).length, 1)
  await page.getByRole("dialog").waitFor({ state: "detached" })

  // archive a conversation
  await keys(page, "g", "c")
  await messageBox(page).waitFor()
  await keys(page, "Control+k")
  await tabTo(page, "More about A loaf that rises")
  await keys(page, "Enter")
  await page.getByRole("menu").waitFor()
  await becomes(() => focused(page), "Rename")
  await keys(page, "ArrowDown")
  await becomes(() => focused(page), "Archive")
  await keys(page, "Enter")
  await becomes(async () => (await server.api("GET", "/api/chat/conversations?status=archived")).conversations.map(({ title }) => title), ["A loaf that rises"])
  await page.getByRole("link", { name: "A loaf that rises" }).waitFor({ state: "detached" })
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY", "the focus was lost with the conversation")
})

test("the first key leads past the sidebar", async ({ page }) => {
  await page.goto("/memories")
  await page.getByRole("main").getByText("Ada cannot eat hazelnuts").waitFor()
  await keys(page, "Tab")
  assert.equal(await focused(page), "Skip to the content")
  await keys(page, "Enter")
  assert.equal(await page.evaluate(() => document.activeElement.id), "main")
})

test("the search in the sidebar is used without the mouse", async ({ page }) => {
  await page.goto("/")
  await messageBox(page).waitFor()
  await keys(page, "Control+k")
  await becomes(() => focused(page), "Search conversations")
  await page.keyboard.type("subjonctif")
  await page.getByRole("region", { name: "Search results" }).locator("mark").first().waitFor()
  await keys(page, "ArrowDown", "Enter")
  await page.getByRole("article").filter({ hasText: "demande le subjonctif" }).waitFor()
})

test("a dialog keeps the focus, and gives it back", async ({ page }) => {
  await page.goto("/")
  await messageBox(page).waitFor()
  await page.getByRole("button", { name: "Sessions" }).focus()
  await keys(page, "Enter")
  const dialog = page.getByRole("dialog", { name: "Sessions" })
  await dialog.getByText("French lessons").waitFor()
  for (let pressed = 0; pressed < 12; pressed += 1) {
    await keys(page, "Tab")
    const where = await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null)
    assert.ok(where, "the focus left the dialog")
  }
  await keys(page, "Escape")
  await dialog.waitFor({ state: "detached" })
  assert.equal(await focused(page), "Sessions")
})
