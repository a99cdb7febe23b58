import assert from "node:assert/strict"
import { answers, messageBox, send } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url, { withModel: true, fill: async (server) => {
  await server.chat("My dog is called Rex and I live in Lyon.")
  await server.api("POST", "/api/memory", { content: "The cat sleeps on the piano", category: "home" })
  await server.api("POST", "/api/memory", { content: "Le chat dort sur le piano", category: "maison" })
} })
const card = (page, text) => page.getByRole("main").getByRole("listitem").filter({ hasText: text })
const searchBox = (page) => page.getByRole("searchbox", { name: "Search memories" })

test("what an answer was given from memory opens where it stands", async ({ page, model }) => {
  model.next().whole("Your dog is called Rex.")
  await page.goto("/")
  await send(page, "What is the name of my dog?")
  await answers(page).getByText(/^Used \d+ memor/).click()
  const used = answers(page).getByRole("listitem").filter({ hasText: "My dog is called Rex" }).filter({ hasText: "Memory" })
  await used.first().locator("summary").click()
  await used.getByText("Importance").first().waitFor()
  await used.getByRole("button", { name: "Open where it was said" }).first().click()
  await page.getByRole("article", { name: "You said" }).filter({ hasText: "and I live in Lyon" }).waitFor()
})

test("a memory is found while one types, by meaning and by words", async ({ page }) => {
  await page.goto("/memories")
  await card(page, "My dog is called Rex").waitFor()
  await searchBox(page).fill("piano")
  // whatever means something similar is found too, after it
  await becomes(() => page.getByRole("main").locator("mark").allTextContents(), ["piano", "piano"])
  await page.getByRole("combobox", { name: "How to search" }).selectOption({ label: "Words" })
  await becomes(() => card(page, "dog").count(), 0)
  await card(page, "The cat sleeps on the piano").waitFor()
  assert.equal(await card(page, "Le chat dort").locator("mark").first().textContent(), "piano")
  await page.waitForURL(/q=piano.*mode=text/)
  await page.reload()
  await card(page, "Le chat dort").waitFor()
  assert.equal(await card(page, "dog").count(), 0)
  await searchBox(page).fill("zzzzqqqq")
  await page.getByText("No memory like that").waitFor()
  await page.getByRole("button", { name: "Show all memories" }).click()
  await card(page, "My dog is called Rex").waitFor()
})

test("a memory is written by hand, changed and kept", async ({ page }) => {
  await page.goto("/memories")
  await page.getByRole("button", { name: "New memory" }).click()
  const form = page.getByRole("dialog", { name: "New memory" })
  await form.getByRole("textbox", { name: "What to remember" }).fill("The key lies under the stone")
  await form.getByRole("combobox", { name: "Category" }).fill("home")
  await form.getByRole("button", { name: "Remember" }).click()
  await card(page, "The key lies under the stone").waitFor()
  await page.getByRole("button", { name: "Edit: The key lies under the stone" }).click()
  const content = page.getByRole("textbox", { name: "What to remember" })
  await content.fill("La clé est sous la pierre")
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click()
  await card(page, "La clé est sous la pierre").waitFor()
  assert.equal(await card(page, "The key lies").count(), 0)
  await page.getByRole("button", { name: "Pin: La clé est sous la pierre", exact: true }).click()
  await card(page, "La clé").getByText("Pinned", { exact: true }).waitFor()
  await page.getByRole("checkbox", { name: "Pinned" }).check()
  await becomes(() => page.getByRole("main").locator(".memory-card").count(), 1)
  await page.reload()
  await card(page, "La clé est sous la pierre").waitFor()
  assert.ok(await page.getByRole("checkbox", { name: "Pinned" }).isChecked())
})

test("a memory tells where it comes from", async ({ page }) => {
  await page.goto("/memories")
  await page.getByRole("main").getByRole("link", { name: "My dog is called Rex" }).click()
  const dialog = page.getByRole("dialog", { name: "Memory" })
  await dialog.getByText("My dog is called Rex and I live in Lyon.").waitFor()
  await dialog.getByRole("link", { name: "Show it in its conversation" }).click()
  await page.getByRole("article", { name: "You said" }).filter({ hasText: "My dog is called Rex" }).waitFor()
  await messageBox(page).waitFor()
})

test("a forgotten memory is gone, here and from the answers", async ({ page, server }) => {
  const { id } = await server.api("POST", "/api/memory", { content: "The safe opens with marmalade" })
  await page.goto("/memories")
  await page.getByRole("button", { name: "Forget: The safe opens with marmalade" }).click()
  const dialog = page.getByRole("dialog", { name: "Forget this memory?" })
  await dialog.getByRole("button", { name: "Cancel" }).click()
  await page.getByRole("button", { name: "Forget: The safe opens with marmalade" }).click()
  await dialog.getByRole("button", { name: "Forget it" }).click()
  await becomes(() => card(page, "marmalade").count(), 0)
  await assert.rejects(server.api("GET", `/api/memory/${id}`), /404/)
  assert.equal((await server.api("GET", "/api/search?q=marmalade")).total, 0)
})

test("a memory that is made elsewhere appears by itself", async ({ page, server }) => {
  await page.goto("/memories")
  await card(page, "My dog is called Rex").waitFor()
  await becomes(() => page.getByRole("status", { name: "Connection" }).textContent(), "Connected")
  await server.api("POST", "/api/memory", { content: "The train leaves at noon" })
  await card(page, "The train leaves at noon").waitFor()
})
