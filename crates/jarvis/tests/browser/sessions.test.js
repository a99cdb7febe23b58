import assert from "node:assert/strict"
import { answered, row, send } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url, { withModel: true })

test("a session's role and goals go with what is asked in it", async ({ page, model }) => {
  await page.goto("/")
  await page.getByRole("button", { name: "Sessions" }).click()
  await page.getByText("No sessions yet").waitFor()
  await page.getByRole("button", { name: "New session" }).click()
  const form = page.getByRole("dialog", { name: "New session" })
  await form.getByRole("textbox", { name: "Name" }).fill("Leçons de français")
  await form.getByRole("textbox", { name: "Role" }).fill("a patient teacher of French")
  await form.getByRole("textbox", { name: "Goals" }).fill("order food in Lyon")
  await form.getByRole("button", { name: "Save" }).click()
  const list = page.getByRole("dialog", { name: "Sessions" })
  await list.getByText("Goals: order food in Lyon").waitFor()
  await list.getByRole("button", { name: "Close" }).click()

  const answer = model.next()
  answer.whole("Bonjour !")
  await page.getByRole("main").getByRole("combobox", { name: "Session" }).selectOption({ label: "Leçons de français" })
  await send(page, "Teach me.")
  await answered(page, "Bonjour !")
  const { messages } = await answer.asked
  assert.match(messages[0].content, /a patient teacher of French/)
  assert.match(messages[0].content, /order food in Lyon/)
  await page.getByRole("main").getByText("Leçons de français").first().waitFor()

  model.next().whole("Outside.")
  await page.getByRole("link", { name: "New conversation" }).first().click()
  await send(page, "No session here.")
  await answered(page, "Outside.")
  const rows = page.getByRole("navigation", { name: "Conversations" }).getByRole("listitem")
  await becomes(() => rows.count(), 2)
  await page.getByRole("complementary").getByRole("combobox", { name: "Session" }).selectOption({ label: "Leçons de français" })
  await becomes(() => rows.count(), 1)
  await row(page, "Teach me").waitFor()
})

test("a session is changed and removed; its conversations stay", async ({ page, server }) => {
  const session = await server.api("POST", "/api/sessions", { name: "Travel", role: "a guide" })
  await server.chat("Where to?", { session_id: session.id })
  await page.goto("/")
  await page.getByRole("button", { name: "Sessions" }).click()
  await page.getByRole("button", { name: "Edit Travel" }).click()
  const form = page.getByRole("dialog", { name: "Edit the session" })
  assert.equal(await form.getByRole("textbox", { name: "Role" }).inputValue(), "a guide")
  await form.getByRole("textbox", { name: "Name" }).fill("Journeys")
  await form.getByRole("button", { name: "Save" }).click()
  await page.getByRole("button", { name: "Remove Journeys" }).click()
  await page.getByRole("button", { name: "Remove the session" }).click()
  await page.getByRole("button", { name: "Remove Journeys" }).waitFor({ state: "detached" })
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click()
  await row(page, "Where to?").waitFor()
})
