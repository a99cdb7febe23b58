import assert from "node:assert/strict"
import { bringAxe, violations } from "./harness/axe.js"
import { DESKTOP, PHONE } from "./harness/browser.js"
import { messageBox } from "./harness/page.js"
import { accountButton, asPerson, openAs, PASSWORD, people, REQUIRED, secret, signIn, signInPage } from "./harness/people.js"
import { suite } from "./harness/suite.js"
import { becomes } from "./harness/wait.js"

const test = suite(import.meta.url, { variables: REQUIRED, fill: (server) => people(server, "bob") })
/** The browser tells of refusals, although the page deals with them. */
const REFUSED = /status of 40[13]|WebSocket connection to/

test("an invitation makes an account, and another role is there after a reload", async ({ page, browserOf, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "ann", "/users")
  await page.getByRole("button", { name: "Invite", exact: true }).first().click()
  await page.getByRole("button", { name: "Make the link" }).click()
  await page.getByRole("dialog", { name: "The invitation" }).waitFor()
  const link = await secret(page, "Link")
  await page.getByRole("list", { name: "Open invitations" }).getByRole("listitem").waitFor()
  const theirs = await browserOf()
  await theirs.goto(link)
  await theirs.getByText("You are invited").waitFor()
  await theirs.getByRole("textbox", { name: "Name" }).fill("zoe")
  await theirs.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await theirs.getByRole("button", { name: "Create the account" }).click()
  await messageBox(theirs).waitFor()
  assert.equal(new URL(theirs.url()).pathname + new URL(theirs.url()).hash, "/")
  await theirs.goto("/users")
  await theirs.getByText("This is for administrators").waitFor()
  await page.reload()
  await page.getByRole("button", { name: "What to do with zoe" }).click()
  await page.getByRole("menuitem", { name: "Make an administrator" }).click()
  await page.getByText("zoe is an administrator now").waitFor()
  await theirs.reload()
  await theirs.getByRole("button", { name: "What to do with ann" }).waitFor()
  // taken is taken
  const late = await browserOf()
  await late.goto(link)
  await late.getByRole("textbox", { name: "Name" }).fill("yan")
  await late.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await late.getByRole("button", { name: "Create the account" }).click()
  await late.getByRole("alert").getByText("This invitation is not good").waitFor()
})

test("an invitation is withdrawn", async ({ page, server }) => {
  await openAs(page, "ann", "/users")
  await page.getByRole("button", { name: "What to do with ann" }).waitFor()
  await page.keyboard.press("i")
  await page.getByRole("button", { name: "Make the link" }).click()
  await secret(page, "Link")
  const list = page.getByRole("list", { name: "Open invitations" })
  await list.getByRole("button", { name: /Withdraw/ }).first().click()
  await page.getByText("The invitation is withdrawn").waitFor()
  await becomes(async () => (await server.api("GET", "/api/admin/invites", undefined, await asPerson(server, "ann"))).invites.length, 0)
})

test("an administrator makes, limits, locks out and erases accounts", async ({ page, server, browserOf, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "ann", "/users")
  await page.getByRole("button", { name: "New account" }).click()
  await page.getByRole("dialog").getByLabel("Name").fill("ida")
  await page.getByRole("button", { name: "Create the account" }).click()
  await page.getByRole("dialog", { name: "The password of ida" }).waitFor()
  const password = await secret(page, "Password")
  const theirs = await browserOf()
  await theirs.goto("/")
  await signIn(theirs, "ida", password)
  await messageBox(theirs).waitFor()
  const does = async (entry) => {
    await page.getByRole("button", { name: "What to do with ida" }).click()
    await page.getByRole("menuitem", { name: entry }).click()
  }
  const row = page.getByRole("list", { name: "Users" }).getByRole("listitem").filter({ hasText: "ida" })
  await does("Quotas…")
  await page.getByRole("dialog").getByLabel("Messages").fill("1000")
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click()
  await row.getByText("at most 1,000 messages").waitFor()
  await theirs.goto("/account")
  await theirs.getByText("0 of 1,000").waitFor()
  await does("Another password…")
  await page.getByRole("dialog").getByLabel("New password").fill("a third password")
  await page.getByRole("button", { name: "Change the password" }).click()
  await page.getByText("The password of ida is changed").waitFor()
  await does("Disable…")
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click()
  await row.getByText("Disabled").waitFor()
  await theirs.reload()
  await signInPage(theirs).waitFor()
  await signIn(theirs, "ida", "a third password")
  await theirs.getByRole("alert").waitFor()
  await does("Let in again")
  await becomes(() => row.getByText("Disabled").count(), 0)
  await does("Erase…")
  await page.getByRole("dialog").getByLabel(/Type “ida”/).fill("ida")
  await page.getByRole("button", { name: "Erase for good" }).click()
  await page.getByText("ida is erased").waitFor()
  await becomes(() => row.count(), 0)
  const found = await server.api("GET", "/api/admin/users?username=ida", undefined, await asPerson(server, "ann"))
  assert.equal(found.total, 0)
})

const VIEWS = { account: "Where you are logged in", keys: "API keys", users: "Users", audit: "Audit trail" }

for (const [screen, size] of [["a desk", DESKTOP], ["a phone", PHONE]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing wrong where people log in, on ${screen}, ${colorScheme}`, { size, colorScheme }, async ({ page, context }) => {
      await bringAxe(context)
      await withTrail(page)
      const found = []
      const look = async (name) => found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`))
      await page.goto("/account")
      await signInPage(page).waitFor()
      await look("signing in")
      await signIn(page, "ann")
      await accountButton(page).waitFor({ state: "attached" })
      for (const [view, text] of Object.entries(VIEWS)) {
        await page.goto(`/${view}`)
        await page.getByRole("main").getByText(text).first().waitFor()
        if (view === "audit") await page.getByText("auth.login").first().click()
        await look(view)
        const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: innerWidth }))
        assert.ok(wide <= room, `${view} is ${wide} wide, there is room for ${room}`)
      }
      await page.goto("/keys")
      await page.getByRole("button", { name: "New key" }).first().click()
      await page.getByRole("dialog").waitFor()
      await look("a new key")
      assert.deepEqual(found, [])
    })
  }
}

test("what people really did is told, who and whom, and the trail is whole", async ({ page, server }) => {
  const admin = await asPerson(server, "ann")
  const act = (method, path, body) => server.api(method, path, body, admin)
  const kim = await act("POST", "/api/admin/users", { username: "kim", password: PASSWORD })
  await act("POST", "/api/auth/keys", { name: "kitchen", permissions: ["chat"] })
  await act("POST", `/api/admin/users/${kim.id}/password`, {})
  await act("PATCH", `/api/admin/users/${kim.id}`, { disabled: true, quotas: { messages: 5, tokens: null, storage_bytes: 1_000 } })
  await assert.rejects(server.api("POST", "/api/auth/login", { username: "kim", password: "a guess at it" }))
  await openAs(page, "ann", "/audit?actor=ann&object=kim")
  const list = page.getByRole("list", { name: "Audit trail" })
  const acts = () => list.locator("strong").allTextContents()
  await becomes(acts, ["user.change", "user.password_reset", "user.add"])
  await list.getByText("user.change").click()
  const changes = list.locator("tbody tr")
  await becomes(() => changes.filter({ hasText: "disabled" }).locator("th, td").allTextContents(), ["disabled", "false", "true"])
  await becomes(async () => JSON.parse(await changes.filter({ hasText: "quotas" }).locator("td").last().textContent()), { messages: 5, tokens: null, storage_bytes: 1_000 })
  await list.getByText(/^A login \(/).first().waitFor()
  // told by Jarvis itself
  await page.getByLabel("By whom").fill("")
  await becomes(async () => (await acts()).includes("auth.login_failed"), true)
  await page.getByRole("button", { name: "Verify" }).press("Enter")
  const { entries } = await act("POST", "/api/admin/audit/verify")
  await page.getByText(`The trail is intact: ${entries} entries`).waitFor()
  await becomes(() => page.evaluate(() => document.activeElement.textContent), "Verify")
  await page.goto("/audit?act=key.make")
  await becomes(acts, ["key.make"])
  await list.getByText("key.make").click()
  await becomes(() => changes.filter({ hasText: "name" }).first().locator("td").last().textContent(), "kitchen")
  await page.goto("/audit?actor=nobody-of-this-name")
  await page.getByText("Nothing like that was done").waitFor()
})

/** A trail as the server tells it. */
async function withTrail(page, asked = []) {
  const entry = (seq, act, more) => ({
    id: `01900000-0000-7000-8000-00000000000${seq}`, seq, at: "2026-11-21T08:00:00Z", actor: { id: null, name: "ann" }, via: "login:01900000-0000-7000-8000-0000000000ff", act, object: "login:1",
    before: null, after: null, hash: "a".repeat(64), previous_hash: "b".repeat(64), ...more,
  })
  await page.route("**/api/admin/audit?*", (route) => {
    const query = Object.fromEntries(new URL(route.request().url()).searchParams)
    asked.push(query)
    if (query.act === "nothing") return route.fulfill({ json: { entries: [], next_cursor: null } })
    if (query.cursor) return route.fulfill({ json: { entries: [entry(1, "user.register", { actor: { id: null, name: null }, via: "system", hash: null, previous_hash: null })], next_cursor: null } })
    return route.fulfill({ json: { entries: [entry(3, "auth.login"), entry(2, "user.changed", { before: { role: "user" }, after: { role: "admin" } })], next_cursor: "more" } })
  })
}

test("the trail is read to its beginning, narrowed, and verified", async ({ page }) => {
  const asked = []
  await withTrail(page, asked)
  await openAs(page, "ann", "/audit")
  const list = page.getByRole("list", { name: "Audit trail" })
  await becomes(() => list.locator("strong").allTextContents(), ["auth.login", "user.changed", "user.register"])
  await list.getByText("user.changed").click()
  await becomes(() => list.locator("tbody tr").first().locator("th, td").allTextContents(), ["role", "user", "admin"])
  await list.getByText("Jarvis itself, November 21").waitFor()
  await page.getByLabel("Act, such as auth.login").fill("nothing")
  await page.getByText("Nothing like that was done").waitFor()
  assert.equal(asked.at(-1).act, "nothing")
  await page.getByRole("button", { name: "Show everything" }).click()
  await becomes(() => list.getByRole("listitem").count(), 3)
  await page.getByLabel("From").fill("2026-11-20")
  await becomes(() => asked.at(-1).from ?? asked.at(-2).from, "2026-11-19T23:00:00.000Z")
  assert.match(page.url(), /\?from=2026-11-20$/)
  let answer = { intact: true, entries: 3, head: { seq: 3, hash: "f".repeat(64) }, first_broken: null }
  await page.route("**/api/admin/audit/verify", (route) => route.fulfill({ json: answer }))
  await page.getByRole("button", { name: "Verify" }).click()
  await page.getByText("The trail is intact: 3 entries").waitFor()
  await page.getByText(`3 ${"f".repeat(64)}`).waitFor()
  answer = { intact: false, entries: 3, first_broken: { id: "x", seq: 2, why: "its hash does not fit its content" } }
  await page.getByRole("button", { name: "Verify" }).click()
  await page.getByText("number 2: its hash does not fit its content").waitFor()
})
