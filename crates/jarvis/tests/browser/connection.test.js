import assert from "node:assert/strict"
import { answered, answers, answerTexts, messageBox, said, saidTexts, send } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url, { withModel: true, withWire: true })
/** The browser tells of connections that break, and of answers that are errors, although the page deals with them. */
const BROKEN = /net::ERR_|WebSocket connection to|status of (429|5\d\d)/
const status = (page) => page.getByRole("status", { name: "Connection" })

test("an answer goes on after the connection was cut, whole and not doubled", async ({ page, wire, model, expectTrouble }) => {
  expectTrouble(BROKEN)
  const answer = model.next()
  await page.goto("/")
  await send(page, "Tell me a long story.")
  await answer.say("Once upon a time, ")
  await becomes(() => answerTexts(page), ["Once upon a time,"])
  wire.cut()
  await answer.say("in a town ", "by a river, ")
  await status(page).getByText("Offline").waitFor()
  await answers(page).getByText("The connection was lost").waitFor()
  assert.deepEqual(await answerTexts(page), ["Once upon a time,"])
  wire.mend()
  await answer.say("there lived é and 😀.")
  await answer.end()
  await answered(page, "Once upon a time, in a town by a river, there lived é and 😀.")
  await becomes(() => status(page).textContent(), "Connected")
})

test("an answer is whole after the server was killed in the middle of it", async ({ page, server, model, expectTrouble }) => {
  expectTrouble(BROKEN)
  const answer = model.next()
  await page.goto("/")
  await send(page, "Speak until the lights go out.")
  await answer.say("These words ", "came before. ")
  await becomes(() => answerTexts(page), ["These words came before."])
  // what was produced is kept every two seconds
  const kept = async () => (await server.api("GET", "/api/chat/running")).running.length
  assert.equal(await kept(), 1)
  await new Promise((resolve) => { setTimeout(resolve, 2_500) })
  await server.stop("SIGKILL")
  await status(page).getByText("Offline").waitFor()
  await server.start()
  await answers(page).getByText("Interrupted").waitFor()
  await answered(page, "These words came before.")
  await becomes(() => saidTexts(page), ["Speak until the lights go out."])
})

test("reading goes on after a reload in the middle of an answer", async ({ page, model }) => {
  const answer = model.next()
  await page.goto("/")
  await send(page, "Tell me about bridges.")
  await answer.say("Bridges cross ")
  await becomes(() => answerTexts(page), ["Bridges cross"])
  await page.waitForURL(/\/c\//)
  await page.reload()
  await becomes(() => answerTexts(page), ["Bridges cross"])
  await answer.say("rivers.")
  await answer.end()
  await answered(page, "Bridges cross rivers.")
  assert.deepEqual(await saidTexts(page), ["Tell me about bridges."])
})

test("a refused answer says why, and trying again doubles nothing", async ({ page, server, model, expectTrouble }) => {
  expectTrouble(BROKEN)
  model.next().refuse(429, "slow down", { "retry-after": "1" })
  await page.goto("/")
  await send(page, "Are you busy?")
  const note = said(page).getByRole("alert")
  await note.waitFor()
  assert.match(await note.textContent(), /busy|many|overload|later|again/i)
  // the model is left in peace for as long as it wants; whoever is impatient is told so again
  model.next().whole("Not any more.")
  await becomes(async () => {
    if (await note.isVisible()) await note.getByRole("button", { name: "Try again" }).click()
    return answerTexts(page)
  }, ["Not any more."])
  assert.deepEqual(await saidTexts(page), ["Are you busy?"])
  await page.waitForURL(/\/c\//)
  const { messages } = await server.api("GET", `/api/chat/history/${page.url().split("/").at(-1)}`)
  assert.deepEqual(messages.map(({ role, content }) => [role, content]), [["user", "Are you busy?"], ["assistant", "Not any more."]])
})

test("an answer that the model breaks off is kept as far as it came, and can be given again", async ({ page, model, expectTrouble }) => {
  expectTrouble(BROKEN)
  const answer = model.next()
  await page.goto("/")
  await send(page, "Speak.")
  await answer.say("Half of")
  await becomes(() => answerTexts(page), ["Half of"])
  await answer.cut()
  await answers(page).getByText("Interrupted").waitFor()
  model.next().whole("All of it.")
  await page.getByRole("button", { name: /Answer again|Try again/ }).first().click()
  await answered(page, "All of it.")
})

test("a message written while the server is away is sent once when it is back", async ({ page, server, model, expectTrouble }) => {
  expectTrouble(BROKEN)
  await page.goto("/")
  await messageBox(page).waitFor()
  await server.stop()
  await status(page).getByText("Offline").waitFor()
  await send(page, "Are you there?")
  await becomes(() => saidTexts(page), ["Are you there?"])
  model.next().whole("I am.")
  await server.start()
  // by itself while it still tries, by hand when it has given up
  const retry = page.getByRole("button", { name: "Try again" })
  await becomes(async () => {
    if (await retry.isVisible()) await retry.click()
    return answerTexts(page)
  }, ["I am."])
  const { total } = await server.api("GET", "/api/chat/conversations?q=there")
  assert.equal(total, 1)
})
