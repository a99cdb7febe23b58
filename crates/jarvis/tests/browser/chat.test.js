import assert from "node:assert/strict"
import { PHONE } from "./harness/browser.js"
import { answered, answers, answerTexts, messageBox, said, saidTexts, send } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes, until } from "./harness/wait.js"

const test = suite(import.meta.url, { withModel: true })
const ADDRESS = /\/c\/[0-9a-f-]{36}$/

for (const [screen, options] of [["a desk", {}], ["a phone", { size: PHONE }]]) {
  test(`an answer appears in pieces and ends whole, on ${screen}`, options, async ({ page, model }) => {
    const answer = model.next()
    await page.goto("/")
    await send(page, "Tell me about Lyon.")
    await becomes(() => saidTexts(page), ["Tell me about Lyon."])
    await answer.say("Lyon lies ")
    await becomes(() => answerTexts(page), ["Lyon lies"])
    assert.equal(await answers(page).getAttribute("aria-busy"), "true")
    await answer.say("between ", "**two rivers**.")
    await answer.say("\n\n- the Rhône\n- the Saône")
    await answer.end()
    await answered(page, "Lyon lies between two rivers.\n\nthe Rhône\nthe Saône")
    assert.equal(await answers(page).getByRole("listitem").count(), 2)
    await page.waitForURL(ADDRESS)
    const { messages } = await answer.asked
    assert.match(messages.at(-1).content, /Tell me about Lyon\./)
    // the same after loading it from the server
    await page.reload()
    await answered(page, "Lyon lies between two rivers.\n\nthe Rhône\nthe Saône")
  })
}

test("an answer that is stopped stays as far as it came", async ({ page, model }) => {
  const answer = model.next()
  await page.goto("/")
  await send(page, "Count to a thousand.")
  await answer.say("One, two, three")
  await becomes(() => answerTexts(page), ["One, two, three"])
  await page.getByRole("button", { name: "Stop the answer" }).click()
  await answers(page).getByText("Stopped", { exact: true }).waitFor()
  await answered(page, "One, two, three")
  await page.reload()
  await answered(page, "One, two, three")
  await answers(page).getByText("Stopped", { exact: true }).waitFor()
})

test("an answer given again stands beside the first", async ({ page, model }) => {
  model.next().whole("The first answer.")
  await page.goto("/")
  await send(page, "Say something.")
  await answered(page, "The first answer.")
  model.next().whole("The second answer.")
  await answers(page).getByRole("button", { name: "Answer again" }).click()
  await answered(page, "The second answer.")
  await page.getByRole("img", { name: "Version 2 of 2" }).waitFor()
  await page.getByRole("button", { name: "Previous version" }).click()
  await answered(page, "The first answer.")
  assert.equal(await page.getByRole("button", { name: "Previous version" }).isDisabled(), true)
  await page.getByRole("button", { name: "Next version" }).click()
  await answered(page, "The second answer.")
})

test("an answer stays when another one is refused, and the next try stands beside it", async ({ page, model, expectTrouble }) => {
  expectTrouble(/status of \d\d\d/)
  model.next().whole("The good answer.")
  await page.goto("/")
  await send(page, "Say something lasting.")
  await answered(page, "The good answer.")
  model.next().refuse(400, "no")
  await answers(page).getByRole("button", { name: "Answer again" }).click()
  await answers(page).getByRole("alert").waitFor()
  await answered(page, "The good answer.")
  assert.equal(await said(page).getByRole("alert").count(), 0)
  model.next().whole("The next answer.")
  await answers(page).getByRole("button", { name: "Try again" }).click()
  await answered(page, "The next answer.")
  await page.getByRole("img", { name: "Version 2 of 2" }).waitFor()
  await page.getByRole("button", { name: "Previous version" }).click()
  await answered(page, "The good answer.")
  assert.equal(await page.getByRole("alert").count(), 0)
})

test("in the bin nothing is offered that would ask for an answer", async ({ page, model, server, expectTrouble }) => {
  expectTrouble(/status of \d\d\d/)
  model.next().whole("What was answered.")
  await page.goto("/")
  await send(page, "Into the bin with this.")
  await answered(page, "What was answered.")
  model.next().refuse(400, "no")
  await answers(page).getByRole("button", { name: "Answer again" }).click()
  await answers(page).getByRole("alert").waitFor()
  const id = page.url().match(/[0-9a-f-]{36}$/)[0]
  await server.api("PATCH", `/api/chat/conversation/${id}`, { status: "deleted" })
  await page.getByText("This conversation is in the bin").waitFor()
  const asking = page.getByRole("button", { name: /Edit the message|Answer again|Try again/ })
  await becomes(() => asking.count(), 0)
  await page.keyboard.press("r")
  await answered(page, "What was answered.")
  await page.getByRole("button", { name: "Restore" }).click()
  await becomes(() => asking.count(), 2)
  assert.equal(await page.getByRole("alert").count(), 0)
})

test("an edited message begins a branch, and both go on", async ({ page, model }) => {
  model.next().whole("Apples are red.")
  await page.goto("/")
  await send(page, "What colour are apples?")
  await answered(page, "Apples are red.")
  model.next().whole("Yes, green too.")
  await send(page, "Only red?")
  await answered(page, "Apples are red.", "Yes, green too.")
  model.next().whole("Pears are green.")
  await said(page).first().getByRole("button", { name: "Edit the message" }).click()
  const box = page.getByRole("textbox", { name: "Changed message" })
  assert.equal(await box.inputValue(), "What colour are apples?")
  await box.fill("What colour are pears?")
  await box.press("Enter")
  await answered(page, "Pears are green.")
  assert.deepEqual(await saidTexts(page), ["What colour are pears?"])
  await page.getByRole("button", { name: "Previous version" }).click()
  await answered(page, "Apples are red.", "Yes, green too.")
  await page.reload()
  // what was said last is shown
  await answered(page, "Pears are green.")
})

test("code is coloured, and copied as it was written", async ({ page, model }) => {
  const code = "fn main() {\n    let name = \"<Ada> & co\";\n    println!(\"{name}\");\n}"
  model.next().whole(`Here:\n\n\`\`\`rust\n${code}\n\`\`\`\n`)
  await page.goto("/")
  await send(page, "Write some Rust.")
  const block = page.getByRole("group", { name: "Code, rust" })
  await becomes(async () => (await block.textContent()).trimEnd(), code)
  await until("the code is coloured", async () => await block.locator("[class^=hljs-]").count() > 3)
  await page.getByRole("button", { name: "Copy the code" }).click()
  await page.getByRole("button", { name: "Copied" }).waitFor()
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trimEnd(), code)
})

test("what was typed and not sent is there again after a reload, for each conversation", async ({ page, server }) => {
  const { conversation_id: id } = await server.chat("A conversation with a draft.")
  await page.goto("/")
  await messageBox(page).fill("Half a thought")
  await page.reload()
  await becomes(() => messageBox(page).inputValue(), "Half a thought")
  await page.goto(`/c/${id}`)
  await becomes(() => messageBox(page).inputValue(), "")
  await messageBox(page).fill("Another half")
  await page.goto("/")
  await becomes(() => messageBox(page).inputValue(), "Half a thought")
})

test("Enter sends, Shift and Enter begin a line", async ({ page, model }) => {
  model.next().whole("Two lines.")
  await page.goto("/")
  await messageBox(page).pressSequentially("one")
  await messageBox(page).press("Shift+Enter")
  await messageBox(page).pressSequentially("two")
  await messageBox(page).press("Enter")
  await answered(page, "Two lines.")
  assert.deepEqual(await saidTexts(page), ["one\ntwo"])
  assert.equal(await messageBox(page).inputValue(), "")
})
