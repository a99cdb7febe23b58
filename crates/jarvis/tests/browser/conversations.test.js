import assert from "node:assert/strict"
import { example } from "./harness/example.js"
import { answerTexts, choose, messageBox, row } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url, { fill: (server) => server.import(example()) })
const list = (page) => page.getByRole("navigation", { name: "Conversations" })
const searchBox = (page) => page.getByRole("searchbox", { name: "Search conversations" })
const results = (page) => page.getByRole("region", { name: "Search results" })

/** Shows the conversations in another place: "Archive", "Bin". */
const showPlace = (page, from, to) => choose(page, page.getByRole("button", { name: from, exact: true }), to)

async function menu(page, title, entry) {
  await choose(page, row(page, title).getByRole("button", { name: `More about ${title}` }), entry)
}

test("the list has the latest first, by day, and older ones come as one scrolls", async ({ page }) => {
  await page.goto("/")
  await list(page).getByRole("link").first().waitFor()
  assert.equal(await list(page).getByRole("link").first().textContent(), "A loaf that rises")
  await list(page).getByRole("heading", { name: "Yesterday" }).waitFor()
  await row(page, "Un week-end à Lyon").getByRole("link").click()
  await becomes(() => answerTexts(page).then((texts) => texts.at(-1)), "C’est noté : la réunion est jeudi.")
  assert.equal(await row(page, "Un week-end à Lyon").getByRole("link").getAttribute("aria-current"), "page")
})

test("search finds titles and what was said while one types, and leads to the place", async ({ page }) => {
  await page.goto("/")
  await searchBox(page).pressSequentially("dentist")
  await results(page).getByRole("heading", { name: "Messages" }).waitFor()
  const hit = results(page).getByRole("link", { name: /dentist/ })
  assert.equal(await hit.first().locator("mark").first().textContent(), "dentist")
  await hit.first().click()
  await page.getByRole("article").filter({ hasText: "The dentist is at four" }).waitFor()
  await page.waitForURL(/\/c\/.*#/)
  await searchBox(page).fill("birthd")
  await results(page).getByRole("link", { name: "Ada's birthday" }).waitFor()
  await searchBox(page).fill("zzzzqqqq")
  await results(page).getByText("Nothing found", { exact: true }).first().waitFor()
  await searchBox(page).press("Escape")
  await list(page).getByRole("link", { name: "A loaf that rises" }).waitFor()
})

test("a conversation is renamed", async ({ page }) => {
  await page.goto("/")
  await menu(page, "Books for the train", "Rename")
  const title = page.getByRole("dialog").getByRole("textbox", { name: "Title" })
  assert.equal(await title.inputValue(), "Books for the train")
  await title.fill("Novels for the train")
  await title.press("Enter")
  await row(page, "Novels for the train").waitFor()
  assert.equal(await row(page, "Books for the train").count(), 0)
  await page.reload()
  await row(page, "Novels for the train").waitFor()
})

test("a conversation goes into the archive and comes back", async ({ page }) => {
  await page.goto("/")
  await menu(page, "Counting words in Rust", "Archive")
  await row(page, "Counting words in Rust").waitFor({ state: "detached" })
  await page.getByRole("button", { name: "Undo" }).click()
  await row(page, "Counting words in Rust").waitFor()
  await menu(page, "Counting words in Rust", "Archive")
  await row(page, "Counting words in Rust").waitFor({ state: "detached" })
  await showPlace(page, "Conversations", "Archive")
  await row(page, "Counting words in Rust").waitFor()
  await menu(page, "Counting words in Rust", "Bring back from the archive")
  await list(page).getByText("The archive is empty").waitFor()
  await showPlace(page, "Archive", "Conversations")
  await row(page, "Counting words in Rust").waitFor()
})

test("a conversation goes into the bin, is restored, and is erased for good", async ({ page, server }) => {
  const title = "What to sow in March"
  await page.goto("/")
  await menu(page, title, "Move to the bin")
  await row(page, title).waitFor({ state: "detached" })
  await showPlace(page, "Conversations", "Bin")
  await menu(page, title, "Restore from the bin")
  await list(page).getByText("The bin is empty").waitFor()
  await showPlace(page, "Bin", "Conversations")
  await menu(page, title, "Move to the bin")
  await showPlace(page, "Conversations", "Bin")
  await menu(page, title, "Erase for good")
  const dialog = page.getByRole("dialog")
  await dialog.getByText("2 messages").waitFor()
  await dialog.getByRole("button", { name: "Erase for good" }).click()
  await page.getByText(/^Erased: 2 messages/).waitFor()
  await list(page).getByText("The bin is empty").waitFor()
  assert.equal((await server.api("GET", "/api/search?q=beetroot")).total, 0)
})

test("what happens in one tab is seen in the other", async ({ page, tab }) => {
  await page.goto("/")
  await row(page, "Running with a bad knee").waitFor()
  const other = await tab()
  await other.goto("/")
  await row(other, "Running with a bad knee").getByRole("link").click()
  await messageBox(other).fill("It is better today.")
  await messageBox(other).press("Enter")
  // answered by quoting memory
  await becomes(() => answerTexts(other).then((texts) => texts.length), 2)
  // it was spoken in last, so it comes first
  await becomes(() => list(page).getByRole("link").first().textContent(), "Running with a bad knee")
  await row(page, "Running with a bad knee").getByRole("link").click()
  await becomes(() => answerTexts(page).then((texts) => texts.length), 2)
  await menu(other, "Running with a bad knee", "Rename")
  await other.getByRole("textbox", { name: "Title" }).fill("The knee is fine")
  await other.getByRole("textbox", { name: "Title" }).press("Enter")
  await row(page, "The knee is fine").waitFor()
  await page.getByRole("heading", { name: "The knee is fine" }).first().waitFor()
})

test("the alt and arrow keys go from one conversation to the next", async ({ page }) => {
  await page.goto("/")
  await messageBox(page).waitFor()
  await list(page).getByRole("link").first().waitFor()
  const titles = await list(page).getByRole("link").allTextContents()
  await page.keyboard.press("Alt+ArrowDown")
  await page.getByRole("heading", { name: titles[0] }).first().waitFor()
  await page.keyboard.press("Alt+ArrowDown")
  await page.getByRole("heading", { name: titles[1] }).first().waitFor()
  await page.keyboard.press("Alt+ArrowUp")
  await page.getByRole("heading", { name: titles[0] }).first().waitFor()
})
