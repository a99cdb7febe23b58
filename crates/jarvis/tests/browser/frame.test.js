import assert from "node:assert/strict"
import { PHONE } from "./harness/browser.js"
import { answerTexts, messageBox, row, send } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

// nobody has said anything here until the tests of the phone
const test = suite(import.meta.url)
const background = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
const VIEWS = ["Chat", "Search", "Memories", "Statistics", "Your data", "About"]

test("what is empty says what will be there", async ({ page }) => {
  await page.goto("/")
  await page.getByRole("heading", { name: "What is on your mind?" }).waitFor()
  await page.getByText("No conversations yet").waitFor()
  await page.getByRole("list", { name: "Suggestions" }).getByRole("button").first().click()
  assert.notEqual(await messageBox(page).inputValue(), "")
  await page.goto("/memories")
  await page.getByText("Nothing is remembered yet").waitFor()
  await page.goto("/search")
  await page.getByRole("heading", { name: "How to search" }).waitFor()
  await page.goto("/stats")
  await page.getByRole("main").getByText(/nothing|no /i).first().waitFor()
  await page.goto("/about")
  await page.getByText("How it is doing").waitFor()
  await page.goto("/nowhere/at-all")
  await page.getByText("There is no such page").waitFor()
})

test("the menu leads to every view, and marks where one is", async ({ page }) => {
  await page.goto("/")
  const menu = page.getByRole("navigation", { name: "Views" })
  await becomes(() => menu.getByRole("link").allTextContents(), VIEWS)
  for (const view of VIEWS.slice(1)) {
    await menu.getByRole("link", { name: view, exact: true }).click()
    await page.getByRole("main").getByRole("heading", { name: view, exact: true }).first().waitFor()
    assert.deepEqual(await menu.locator("[aria-current=page]").allTextContents(), [view])
    assert.equal(await page.title(), `${view} – Jarvis`)
  }
  await page.goBack()
  await page.getByRole("main").getByRole("heading", { name: VIEWS.at(-2), exact: true }).waitFor()
})

test("where nobody logs in, nothing asks for it, and what is about accounts says how to have them", async ({ page, context }) => {
  const asked = []
  context.on("request", (request) => { if (new URL(request.url()).pathname.startsWith("/api/auth")) asked.push(request.url()) })
  await page.goto("/")
  await messageBox(page).waitFor()
  assert.equal(await page.getByRole("button", { name: /account/ }).count(), 0)
  for (const path of ["/account", "/keys", "/users", "/audit"]) {
    await page.goto(path)
    await page.getByText("AUTH_MODE=required").waitFor()
  }
  assert.deepEqual(asked, [])
})

test("light and dark are chosen, and stay", async ({ page }) => {
  await page.goto("/")
  const light = await background(page)
  await page.getByRole("button", { name: "Theme: as the system" }).click()
  await page.getByRole("button", { name: "Theme: light" }).click()
  await page.getByRole("button", { name: "Theme: dark" }).waitFor()
  const dark = await background(page)
  assert.notEqual(dark, light)
  await page.reload()
  await page.getByRole("button", { name: "Theme: dark" }).waitFor()
  assert.equal(await background(page), dark)
})

test("without a choice the system decides", { colorScheme: "dark" }, async ({ page }) => {
  await page.goto("/")
  const dark = await background(page)
  await page.emulateMedia({ colorScheme: "light" })
  await becomes(async () => await background(page) === dark, false)
})

test("the help lists the keys that are in force", async ({ page }) => {
  await page.goto("/memories")
  await page.getByRole("heading", { name: "Memories" }).first().waitFor()
  await page.keyboard.press("?")
  const help = page.getByRole("dialog", { name: "Keys" })
  for (const label of ["Show the keys", "Search conversations", "New conversation", "Go to Search", "Add a memory"]) await help.getByText(label, { exact: true }).waitFor()
  await page.keyboard.press("Escape")
  await help.waitFor({ state: "detached" })
  await page.keyboard.press("g")
  await page.keyboard.press("c")
  await messageBox(page).waitFor()
  await page.getByRole("button", { name: "Keys" }).click()
  await help.getByText("Write a message", { exact: true }).waitFor()
  assert.equal(await help.getByText("Add a memory", { exact: true }).count(), 0)
})

test("on a phone the sidebar is a drawer", { size: PHONE }, async ({ page }) => {
  const sidebar = page.getByRole("complementary", { name: "Sidebar" })
  await page.goto("/")
  await send(page, "Rex is my dog.")
  await becomes(() => answerTexts(page).then((texts) => texts.length), 1)
  assert.equal(await sidebar.isVisible(), false)
  const opener = page.getByRole("button", { name: "Open the sidebar" })
  await opener.click()
  await row(page, "Rex is my dog").waitFor()
  assert.ok(await page.locator("main").evaluate((main) => main.closest("[inert]") !== null), "what lies below the drawer can be reached")
  await page.keyboard.press("Escape")
  await becomes(() => sidebar.isVisible(), false)
  assert.ok(await opener.evaluate((element) => element === document.activeElement))
  await opener.click()
  await sidebar.getByRole("link", { name: "Memories", exact: true }).click()
  await page.getByRole("heading", { name: "Memories" }).first().waitFor()
  await becomes(() => sidebar.isVisible(), false)
  await opener.click()
  await page.mouse.click(PHONE.width - 5, PHONE.height / 2)
  await becomes(() => sidebar.isVisible(), false)
})

test("no view is wider than a phone", { size: { width: 360, height: 640 } }, async ({ page }) => {
  for (const path of ["/", "/search?q=dog", "/memories", "/stats", "/data", "/about"]) {
    await page.goto(path)
    await page.getByRole("main").getByText(/./).first().waitFor()
    const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: innerWidth }))
    assert.ok(wide <= room, `${path} is ${wide} wide, there is room for ${room}`)
  }
})
