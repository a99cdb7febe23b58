import assert from "node:assert/strict"
import { answered, messageBox, row, send } from "./harness/page.js"
import { accountButton, PASSWORD, people, REQUIRED, SETUP_TOKEN } from "./harness/people.js"
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

const fromOpen = suite(import.meta.url, { withModel: true })

fromOpen("what was said before there were accounts becomes the administrator's", async ({ page, server, model, expectTrouble }) => {
  expectTrouble(/net::ERR_|WebSocket connection to|status of 401/)
  await page.goto("/")
  model.next().whole("I will.")
  await send(page, "Remember the plum jam.")
  await answered(page, "I will.")
  await server.stop()
  server.variables = REQUIRED
  await server.start()
  await page.reload()
  await page.getByLabel("Setup token").fill(SETUP_TOKEN)
  await page.getByRole("textbox", { name: "Name" }).fill("ann")
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  assert.ok(await page.getByRole("checkbox", { name: /Keep what was said here before/ }).isChecked())
  await page.getByRole("button", { name: "Create the account" }).click()
  await answered(page, "I will.")
  await row(page, "Remember the plum jam").waitFor()
})

const open = suite(import.meta.url, { variables: { ...REQUIRED, REGISTRATION: "open" }, fill: (server) => people(server) })

open("where registration is open, whoever comes makes an account", async ({ page, expectTrouble }) => {
  expectTrouble(/status of 409/)
  await page.goto("/about")
  await page.getByRole("button", { name: "Create an account" }).click()
  const attempt = async (name) => {
    await page.getByRole("textbox", { name: "Name" }).fill(name)
    await page.getByRole("button", { name: "Create the account" }).click()
  }
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await attempt("ann")
  await page.getByRole("alert").waitFor()
  await attempt("zoe")
  await page.getByText("How it is doing").waitFor()
  await accountButton(page).getByText("zoe").waitFor()
  await page.goto("/")
  await messageBox(page).waitFor()
})
