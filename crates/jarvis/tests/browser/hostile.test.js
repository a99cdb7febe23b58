import assert from "node:assert/strict"
import { answered, answers, row, send } from "./harness/page.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

// every test also fails when a script runs that shows a dialog, when anything is asked for elsewhere, when the content
// policy is violated, and on any error: see harness/browser.js
const ATTACKS = [
  "<script>window.attacked = 1; alert(1)</script>",
  "<img src=x onerror=\"window.attacked = 1; alert(1)\">",
  "<img src=\"https://attacker.example/pixel.png\">",
  "![pixel](https://attacker.example/pixel.png)",
  "[click](javascript:window.attacked=1)",
  "[click](JaVaScRiPt:alert(1))",
  "[click](data:text/html,<script>alert(1)</script>)",
  "<a href=\"javascript:alert(1)\" class=\"button primary\">Erase everything</a>",
  "<style>body { display: none } @import url(https://attacker.example/a.css);</style>",
  "<iframe src=\"https://attacker.example/\"></iframe>",
  "<svg onload=\"alert(1)\"><use href=\"https://attacker.example/x.svg#a\"/></svg>",
  "<form action=\"https://attacker.example/\"><input name=q autofocus onfocus=alert(1)></form>",
  "<div id=\"main\" style=\"position:fixed;inset:0\" onclick=\"alert(1)\">over everything</div>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
  "<object data=\"https://attacker.example/\"></object><embed src=\"https://attacker.example/\"><base href=\"https://attacker.example/\">",
]
const ATTACK = ATTACKS.join("\n\n")
const TITLE = "<img src=x onerror=alert(1)> title"
const MEMORY = "Remember <script>alert(1)</script> <img src=https://attacker.example/m.png onerror=alert(1)> <b>bold</b>"

const test = suite(import.meta.url, {
  withModel: true,
  fill: async (server) => {
    await server.import([
      { type: "session", id: "s", name: TITLE, role: TITLE, goals: ATTACK },
      { type: "conversation", id: "c", title: TITLE, session_id: "s" },
      { type: "message", conversation_id: "c", role: "user", content: `pineapple ${ATTACK}` },
      { type: "message", conversation_id: "c", role: "assistant", content: `pineapple ${ATTACK}`, model: "<img src=x onerror=alert(1)>" },
      { type: "message", conversation_id: "c", role: "tool", author: TITLE, content: ATTACK },
      { type: "memory", content: MEMORY, category: "<b>bold</b>" },
    ])
  },
})

/** Nothing of what was written came to be an element or ran. */
async function harmless(page) {
  assert.equal(await page.evaluate(() => window.attacked), undefined)
  const elements = "main :is(script, style, iframe, object, embed, base, form[action], img, math, [onerror], [onload], [onclick], [onfocus])"
  assert.deepEqual(await page.locator(elements).evaluateAll((found) => found.map((element) => element.outerHTML)), [])
  const links = await page.locator("a[href]").evaluateAll((found) => found.map((link) => link.protocol))
  assert.deepEqual(links.filter((protocol) => !["http:", "https:", "mailto:"].includes(protocol)), [])
  assert.equal(await page.locator(".prose .button").count(), 0, "an answer looks like a control")
  assert.ok(await page.getByRole("main").isVisible())
}

test("markup that a model writes stays text, while it streams and afterwards", async ({ page, model }) => {
  const answer = model.next()
  await page.goto("/")
  await send(page, "Attack me.")
  for (const attack of ATTACKS) {
    for (let at = 0; at < attack.length; at += 7) await answer.say(attack.slice(at, at + 7))
    await answer.say("\n\n")
  }
  await answer.say("**The end.**")
  await answer.end()
  await answers(page).getByText("The end.").waitFor()
  await harmless(page)
  await answers(page).getByText("<script>window.attacked = 1; alert(1)</script>").waitFor()
  await page.reload()
  await answers(page).getByText("The end.").waitFor()
  await harmless(page)
})

test("code that a model writes is coloured without running", async ({ page, model }) => {
  const code = "<script>alert(1)</script>\n<img src=x onerror=alert(1)>"
  model.next().whole(["html", "js", "markdown", "x\" onload=\"alert(1)", "rust"].map((language) => `\`\`\`${language}\n${code}\n\`\`\``).join("\n\n"))
  await page.goto("/")
  await send(page, "Show me markup.")
  await becomes(() => answers(page).locator("pre code").allTextContents().then((all) => all.map((text) => text.trimEnd())), Array(5).fill(code))
  await page.waitForLoadState("networkidle")
  await harmless(page)
})

test("a link leads away only in a tab of its own, and tells nothing about where it came from", async ({ page, model }) => {
  model.next().whole("[a page](https://example.org/x)")
  await page.goto("/")
  await send(page, "A link, please.")
  await answered(page, "a page")
  const link = answers(page).getByRole("link", { name: "a page" })
  assert.equal(await link.getAttribute("target"), "_blank")
  assert.match(await link.getAttribute("rel"), /noopener.*noreferrer|noreferrer.*noopener/)
})

test("titles, sessions and what tools said are text", async ({ page }) => {
  await page.goto("/")
  await row(page, TITLE).getByRole("link").click()
  await answers(page).first().waitFor()
  await page.getByRole("heading", { name: TITLE }).first().waitFor()
  await harmless(page)
  await page.getByRole("button", { name: "Sessions" }).click()
  await page.getByRole("dialog").getByText(TITLE, { exact: true }).waitFor()
  await harmless(page)
})

test("memories are text, in the list and whole", async ({ page }) => {
  await page.goto("/memories")
  await page.getByRole("link", { name: MEMORY }).click()
  await page.getByRole("dialog").getByText(MEMORY).waitFor()
  await harmless(page)
})

test("what search finds is text with marks", async ({ page }) => {
  for (const mode of ["text", "best"]) {
    await page.goto(`/search?q=pineapple&mode=${mode}&explain=true`)
    await page.locator("mark").first().waitFor()
    await harmless(page)
  }
  await page.goto("/")
  await page.getByRole("searchbox", { name: "Search conversations" }).fill("pineapple")
  await page.getByRole("region", { name: "Search results" }).locator("mark").first().waitFor()
  await harmless(page)
})

test("an address that is made up runs nothing", async ({ page, expectTrouble }) => {
  expectTrouble(/status of (404|422)/)
  for (const path of ["/search?q=%3Cimg%20src=x%20onerror=alert(1)%3E", "/c/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/memories/%3Cimg%20src=x%3E", "/%3Cscript%3E"]) {
    await page.goto(path)
    await page.getByRole("main").getByText(/./).first().waitFor()
    await harmless(page)
  }
})
