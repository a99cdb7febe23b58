import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { example } from "./harness/example.js"
import { answerTexts, messageBox, row } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url)

/** As ChatGPT writes it: each node of the tree with its message, the first without. */
const CHATGPT = [{
  title: "Why the sky is blue", create_time: 1718000000.5, update_time: 1718000100.25, conversation_id: "6f8a2c3e-0000-4000-8000-000000000001",
  id: "6f8a2c3e-0000-4000-8000-000000000001", current_node: "n3", is_archived: false, moderation_results: [], default_model_slug: "gpt-4o",
  mapping: {
    root: { id: "root", message: null, parent: null, children: ["n1"] },
    n1: { id: "n1", parent: "root", children: ["n2"], message: chatGptMessage("n1", "system", "", { is_visually_hidden_from_conversation: true }) },
    n2: { id: "n2", parent: "n1", children: ["n3"], message: chatGptMessage("n2", "user", "Pourquoi le ciel est-il bleu ?") },
    n3: { id: "n3", parent: "n2", children: [], message: chatGptMessage("n3", "assistant", "À cause de la diffusion de **Rayleigh**.", { model_slug: "gpt-4o" }) },
  },
}]

function chatGptMessage(id, role, text, metadata = {}) {
  return {
    id, author: { role, name: null, metadata: {} }, create_time: 1718000001, update_time: null, status: "finished_successfully",
    content: { content_type: "text", parts: [text] }, end_turn: true, weight: 1, metadata, recipient: "all", channel: null,
  }
}

async function upload(page, name, text) {
  const choosing = page.waitForEvent("filechooser")
  await page.getByRole("button", { name: "Choose files" }).click()
  await (await choosing).setFiles({ name, mimeType: "", buffer: Buffer.from(text) })
}

const file = (page, name) => page.getByRole("list", { name: "Files" }).getByRole("listitem").filter({ hasText: name })

test("an export of ChatGPT is taken in, once", async ({ page }) => {
  await page.goto("/data")
  await upload(page, "conversations.json", JSON.stringify(CHATGPT))
  await file(page, "conversations.json").getByText("Taken in: 1 conversation, 2 messages.").waitFor()
  await file(page, "conversations.json").getByText("Read as ChatGPT.").waitFor()
  await row(page, "Why the sky is blue").getByRole("link").click()
  await becomes(() => answerTexts(page), ["À cause de la diffusion de Rayleigh."])
  await page.goto("/data")
  await upload(page, "again.json", JSON.stringify(CHATGPT))
  await file(page, "again.json").getByText("Nothing new in it.").waitFor()
})

test("lines that cannot be taken are listed with their reasons", async ({ page }) => {
  const lines = [...example().map((item) => JSON.stringify(item)), "{\"type\":\"message\",\"conversation_id\":\"nowhere\",\"role\":\"user\",\"content\":\"lost\"}", "not json"]
  await page.goto("/data")
  await upload(page, "mine.jsonl", lines.join("\n"))
  const report = file(page, "mine.jsonl")
  await report.getByText(/^Taken in: 48 conversations, \d+ messages, 8 memories, 1 session\.$/).waitFor()
  await report.getByText("2 entries could not be taken").click()
  await becomes(() => report.getByRole("rowheader").allTextContents(), [lines.length - 1, lines.length].map(String))
  await row(page, "A loaf that rises").waitFor()
})

test("a file that is no export says so", async ({ page, expectTrouble }) => {
  expectTrouble(/status of 4\d\d/)
  await page.goto("/data")
  await upload(page, "picture.json", "{\"this\": \"is no export\"}")
  await file(page, "picture.json").getByRole("alert").getByText("This is no export that is known").waitFor()
  assert.equal(await file(page, "picture.json").getByRole("button").count(), 0)
})

test("everything is taken out as lines, and one conversation to read", async ({ page, server }) => {
  await page.goto("/data")
  const downloading = page.waitForEvent("download")
  await page.getByRole("link", { name: "Download everything" }).click()
  const download = await downloading
  assert.match(download.suggestedFilename(), /\.jsonl$/)
  const items = (await readFile(await download.path(), "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line))
  const { user } = await server.api("GET", "/api/stats")
  const count = (type) => items.filter((item) => item.type === type).length
  assert.deepEqual([count("conversation"), count("message"), count("memory")], [user.conversations, user.messages, user.memories])
  assert.equal(items.at(-1).type, "end")
  await page.getByText("Only one conversation").click()
  await page.getByRole("searchbox", { name: "Find a conversation to download" }).fill("Lyon")
  await page.getByRole("link", { name: "Markdown of Un week-end à Lyon" }).waitFor()
  const { conversations } = await server.api("GET", "/api/chat/conversations?q=landlord")
  await server.api("PATCH", `/api/chat/conversation/${conversations[0].id}`, { status: "archived" })
  await page.getByRole("searchbox", { name: "Find a conversation to download" }).fill("landlord")
  // several have this title; the archived one must be among them
  await page.locator(`a[aria-label^="Markdown of"][href*="${conversations[0].id}"]`).waitFor()
  await page.getByRole("searchbox", { name: "Find a conversation to download" }).fill("Lyon")
  const reading = page.waitForEvent("download")
  await page.getByRole("link", { name: "Markdown of Un week-end à Lyon" }).click()
  const text = await readFile(await (await reading).path(), "utf8")
  assert.match(text, /# Un week-end à Lyon/)
  assert.match(text, /traboules/)
})

test("everything is erased when a word is typed, with a receipt, and no other page keeps any of it", async ({ page, tab, server }) => {
  const other = await tab()
  await other.goto("/")
  await row(other, "Un week-end à Lyon").getByRole("link").click()
  await other.getByRole("heading", { name: "Un week-end à Lyon" }).waitFor()
  await other.getByRole("status", { name: "Connection" }).getByText("Connected").waitFor()
  const { user } = await server.api("GET", "/api/stats")
  await page.goto("/")
  await messageBox(page).fill("a draft that must not stay")
  await page.goto("/data")
  await page.getByRole("button", { name: "Erase everything…" }).click()
  const asking = page.getByRole("dialog", { name: "Erase everything?" })
  await asking.getByRole("textbox").fill("eras")
  await asking.getByRole("button", { name: "Erase for good" }).click()
  assert.ok(await asking.isVisible())
  assert.equal((await server.api("GET", "/api/stats")).user.messages, user.messages)
  await asking.getByRole("textbox").fill("erase")
  await asking.getByRole("button", { name: "Erase for good" }).click()
  const receipt = page.getByRole("dialog", { name: "Everything is erased" })
  await receipt.getByText(`${user.messages.toLocaleString("en")} erased`).waitFor()
  await other.getByText("No conversations yet").waitFor()
  await other.getByRole("heading", { name: "New conversation" }).waitFor()
  assert.equal(await other.getByText("Lyon").count(), 0)
  await receipt.getByRole("button", { name: "Begin anew" }).click()
  await page.getByText("No conversations yet").waitFor()
  assert.equal(await messageBox(page).inputValue(), "")
  assert.equal((await server.api("GET", "/api/search?q=hazelnuts")).total, 0)
  assert.equal((await server.api("GET", "/api/memory/list")).total, 0)
})
