import assert from "node:assert/strict"
import { accountButton, PASSWORD, REQUIRED, SETUP_TOKEN } from "./harness/people.js"
import { suite } from "./harness/suite.js"

const test = suite(import.meta.url, { variables: REQUIRED })

test("the first account needs the setup token, administers, and lands where it wanted to go", async ({ page, server, expectTrouble }) => {
  expectTrouble(/status of 403/)
  await page.goto("/memories?q=plum")
  await page.getByRole("heading", { name: "Welcome to Jarvis" }).waitFor()
  const fill = async (token) => {
    await page.getByLabel("Setup token").fill(token)
    await page.getByRole("button", { name: "Create the account" }).click()
  }
  await page.getByRole("textbox", { name: "Name" }).fill("ann")
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  assert.equal(await page.getByText("Keep what was said here before").count(), 0, "nothing was said before")
  await fill("a guess at it")
  await page.getByRole("alert").getByText("This is not the setup token").waitFor()
  await fill(SETUP_TOKEN)
  await page.getByRole("heading", { name: "Memories" }).first().waitFor()
  assert.match(page.url(), /\/memories\?q=plum$/)
  await page.goto("/account")
  await page.getByRole("main").getByText("Administrator").waitFor()
  assert.equal(await page.getByLabel("Time zone").inputValue(), "Europe/Paris", "that of the browser")
  assert.deepEqual(await server.api("GET", "/api/auth"), { mode: "required", registration: "invite", needs_setup: false, can_take_over: false })
  await page.reload()
  await accountButton(page).waitFor()
})
