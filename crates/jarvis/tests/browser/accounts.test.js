import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { bringAxe, violations } from "./harness/axe.js"
import { DESKTOP, PHONE } from "./harness/browser.js"
import { answered, messageBox, send } from "./harness/page.js"
import { accountButton, asPerson, connected, openAs, PASSWORD, people, REQUIRED, signIn, signInPage } from "./harness/people.js"
import { suite } from "./harness/suite.js"
import { becomes, until } from "./harness/wait.js"

const NAMES = ["bob", "cid", "dan", "eve", "fay", "gus", "hal"]
const test = suite(import.meta.url, { withModel: true, variables: REQUIRED, fill: (server) => people(server, ...NAMES) })
/** The browser tells of refusals, although the page deals with them. */
const REFUSED = /status of 401|WebSocket connection to/

const refreshes = (page) => {
  const seen = []
  page.on("request", (request) => { if (request.url().endsWith("/api/auth/refresh")) seen.push(request) })
  return seen
}

/** What is given, and given once, in a dialog. */
async function secret(page, label) {
  const dialog = page.getByRole("dialog")
  const value = await dialog.getByLabel(label, { exact: true }).inputValue()
  await dialog.getByRole("button", { name: "Copy" }).click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), value)
  await dialog.getByRole("button", { name: "Done" }).click()
  return value
}

const openMenu = async (page, entry) => {
  await accountButton(page).click()
  await page.getByRole("menuitem", { name: entry }).click()
}

test("whoever signs in lands where they wanted to go, talks, and stays signed in", async ({ page, model, context, expectTrouble }) => {
  expectTrouble(REFUSED)
  await page.goto("/memories?pinned=true")
  await signInPage(page).waitFor()
  assert.equal(await page.getByRole("navigation").count(), 0, "nothing of the page is shown before")
  await signIn(page, "bob", "not the password")
  await page.getByRole("alert").getByText("The name or the password is wrong").waitFor()
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await page.keyboard.press("Enter")
  await page.getByRole("heading", { name: "Memories" }).first().waitFor()
  assert.match(page.url(), /\/memories\?pinned=true$/)
  await page.goto("/")
  model.next().whole("Hello Bob.")
  await send(page, "Hello!")
  await answered(page, "Hello Bob.")
  await connected(page)
  await page.reload()
  await answered(page, "Hello Bob.")
  assert.equal(await signInPage(page).count(), 0)
  // what lets in is nowhere that a script can read
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]))
  assert.doesNotMatch(kept, /eyJ|refresh_token|jarvis-login/)
  const [cookie] = await context.cookies(`${new URL(page.url()).origin}/api/auth/refresh`)
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Strict", "/api/auth"])
})

test("what is not good any more is renewed once, unseen, for reads, answers and uploads", async ({ page, model, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "bob")
  const renewed = refreshes(page)
  const refuseOnce = (path) => page.route(path, (route) => route.fulfill({ status: 401, json: { error: { code: "token_expired", message: "expired", request_id: "x" } } }), { times: 1 })
  await refuseOnce("**/api/memory/list*")
  await page.getByRole("link", { name: "Memories", exact: true }).click()
  await page.getByText("Nothing is remembered yet").waitFor()
  assert.equal(renewed.length, 1)
  await refuseOnce("**/api/chat")
  model.next().whole("Still here.")
  await page.goto("/")
  await messageBox(page).waitFor()
  const before = renewed.length
  await send(page, "Are you there?")
  await answered(page, "Still here.")
  assert.equal(renewed.length, before + 1)
  await page.goto("/data")
  await refuseOnce("**/api/import")
  await page.locator("input[type=file]").setInputFiles({ name: "x.jsonl", mimeType: "application/x-ndjson", buffer: Buffer.from('{"type":"memory","content":"plum jam"}\n') })
  await page.getByText("Taken in: 1 memory").waitFor()
})

test("a socket that is refused, or whose login is said to be over, is opened again with another token", async ({ page, server, expectTrouble }) => {
  expectTrouble(REFUSED)
  const shown = []
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const sockets = shown.push([])
    const target = sockets < 3 ? null : socket.connectToServer()
    socket.onMessage((text) => {
      const { type, token } = JSON.parse(text)
      if (type === "auth") shown[sockets - 1].push(token)
      if (target) target.send(text)
      else if (type === "auth" && sockets === 1) socket.send(JSON.stringify({ type: "error", code: "token_expired", message: "expired" }))
      else if (type === "auth") socket.close({ code: 1008, reason: "the login is over" })
    })
  })
  await openAs(page, "bob", "/memories")
  await becomes(() => shown.map((tokens) => tokens.length), [1, 1, 1])
  assert.equal(new Set(shown.flat()).size, 3, "a token was shown twice")
  await connected(page)
  await until("news come over the third socket", async () => {
    await server.api("POST", "/api/memory", { content: "Bob has a canoe" }, await asPerson(server, "bob"))
    return page.getByText("Bob has a canoe").first().isVisible()
  })
})

for (const isSecure of [true, false]) {
  test(`tabs that are opened and reloaded at once do not end their login, ${isSecure ? "with" : "without"} locks`, async ({ page, tab, context }) => {
    // as on a page without https
    if (!isSecure) await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }))
    await openAs(page, "bob")
    const tabs = [page, ...await Promise.all(Array.from({ length: 4 }, () => tab()))]
    await Promise.all(tabs.slice(1).map((each) => each.goto("/about")))
    await Promise.all(tabs.map((each) => accountButton(each).waitFor()))
    await Promise.all(tabs.map((each) => each.reload({ waitUntil: "commit" })))
    await Promise.all(tabs.map((each) => each.reload({ waitUntil: "commit" })))
    await Promise.all(tabs.map((each) => accountButton(each).waitFor()))
  })
}

test("whoever logs out in one tab is logged out in all, and leaves nothing behind", async ({ page, tab, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "bob")
  const other = await tab()
  await other.goto("/memories")
  await accountButton(other).waitFor()
  await page.goto("/")
  await messageBox(page).fill("a draft that nobody else may read")
  await becomes(() => page.evaluate(() => JSON.stringify({ ...localStorage }).includes("a draft")), true)
  await openMenu(page, "Log out")
  await Promise.all([signInPage(page).waitFor(), signInPage(other).waitFor()])
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...localStorage })), /a draft|bob/)
  await page.reload()
  await signInPage(page).waitFor()
  assert.equal(await page.context().cookies(`${new URL(page.url()).origin}/api/auth/refresh`).then((all) => all.length), 0)
  // signing in again in one tab brings the other back
  await signIn(page, "bob")
  await accountButton(page).waitFor()
  await accountButton(other).waitFor()
})

test("a login that is ended elsewhere leads to the way back in", async ({ page, server, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "cid", "/memories")
  const headers = await asPerson(server, "cid")
  const { sessions } = await server.api("GET", "/api/auth/sessions", undefined, headers)
  await server.api("DELETE", `/api/auth/sessions/${sessions.find(({ current }) => !current).id}`, undefined, headers)
  await page.getByRole("link", { name: "Statistics", exact: true }).click()
  await page.getByText("Your login has ended").waitFor()
  assert.equal(await page.getByRole("textbox", { name: "Name" }).inputValue(), "cid")
  assert.match(page.url(), /\/stats$/)
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await page.keyboard.press("Enter")
  await page.getByRole("heading", { name: "Statistics" }).first().waitFor()
})

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
  await page.keyboard.press("i")
  await page.getByRole("button", { name: "Make the link" }).click()
  await secret(page, "Link")
  const list = page.getByRole("list", { name: "Open invitations" })
  await list.getByRole("button", { name: /Withdraw/ }).first().click()
  await page.getByText("The invitation is withdrawn").waitFor()
  await becomes(async () => (await server.api("GET", "/api/admin/invites", undefined, await asPerson(server, "ann"))).invites.length, 0)
})

test("a key is shown once, lets in for what it may do, and not when it is removed", async ({ page, server }) => {
  await openAs(page, "dan", "/keys")
  await page.getByRole("button", { name: "Make the first key" }).click()
  await page.getByLabel("What it is for").fill("Editor")
  for (const name of ["Chat", "Search"]) await page.getByRole("checkbox", { name: new RegExp(`^${name}`) }).uncheck()
  await page.getByRole("button", { name: "Make the key" }).click()
  await page.getByRole("dialog", { name: "Your new key" }).waitFor()
  const key = await secret(page, "API key")
  assert.match(key, /^jrv_/)
  const headers = { authorization: `Bearer ${key}` }
  assert.equal((await server.api("GET", "/api/memory/list", undefined, headers)).total, 0)
  await assert.rejects(server.api("GET", "/api/chat/conversations", undefined, headers), /permission_missing/)
  await page.reload()
  const row = page.getByRole("list", { name: "API keys" }).getByRole("listitem")
  await row.getByText(key.slice(0, 12)).waitFor()
  assert.equal(await page.getByText(key).count(), 0)
  await row.getByRole("button", { name: "Remove the key Editor" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove the key" }).click()
  await page.getByText("No keys yet").waitFor()
  await assert.rejects(server.api("GET", "/api/memory/list", undefined, headers), /invalid_token/)
})

test("another password ends the other logins, and this one goes on", async ({ page, browserOf, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "eve", "/account")
  const other = await browserOf()
  await openAs(other, "eve")
  await page.getByLabel("Password now").fill("not the password")
  await page.getByLabel("New password").fill("another password")
  await page.getByRole("button", { name: "Change the password" }).click()
  await page.getByText("This is not your password now").waitFor()
  await page.getByLabel("Password now").fill(PASSWORD)
  await page.getByRole("button", { name: "Change the password" }).click()
  await page.getByText("The password is changed. 1 other login ended").waitFor()
  await becomes(() => page.getByRole("list", { name: "Logins" }).getByRole("listitem").count(), 1)
  await other.getByRole("link", { name: "Memories", exact: true }).click()
  await signInPage(other).waitFor()
  await signIn(other, "eve", "another password")
  await accountButton(other).waitFor()
})

test("the account tells who one is, and ends what is open elsewhere", async ({ page, browserOf, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "fay", "/account")
  const other = await browserOf()
  await openAs(other, "fay", "/about")
  await page.reload()
  const logins = page.getByRole("list", { name: "Logins" })
  await logins.getByText("This browser").waitFor()
  await logins.getByRole("button", { name: /^End the login of Chrome/ }).click()
  await becomes(() => logins.getByRole("listitem").count(), 1)
  await page.getByLabel("Time zone").selectOption("America/New_York")
  await page.getByText("The time zone is changed").waitFor()
  await page.reload()
  await becomes(() => page.getByLabel("Time zone").inputValue(), "America/New_York")
  await page.getByRole("button", { name: /Log out everywhere/ }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Log out everywhere" }).click()
  await signInPage(page).waitFor()
})

test("what one has is downloaded by whoever is logged in", async ({ page, server }) => {
  await server.api("POST", "/api/memory", { content: "Gus likes plum jam" }, await asPerson(server, "gus"))
  await openAs(page, "gus", "/data")
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download everything" }).click()])
  assert.match(download.suggestedFilename(), /^jarvis-.*\.jsonl$/)
  assert.match(await readFile(await download.path(), "utf8"), /Gus likes plum jam/)
})

test("whoever erases themselves is gone, and is told what went", async ({ page, expectTrouble }) => {
  expectTrouble(REFUSED)
  await openAs(page, "hal", "/account")
  await page.getByRole("button", { name: "Erase everything…" }).click()
  await page.getByLabel(/Type “erase” to confirm/).fill("erase")
  await page.getByRole("button", { name: "Erase for good" }).click()
  const receipt = page.getByRole("dialog", { name: "Everything is erased" })
  await receipt.waitFor()
  await receipt.getByRole("button", { name: "Begin anew" }).click()
  await signInPage(page).waitFor()
  await signIn(page, "hal")
  await page.getByRole("alert").getByText("The name or the password is wrong").waitFor()
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

test("whoever guesses too often is told how long to wait", async ({ page, server, expectTrouble }) => {
  expectTrouble(/status of 4(01|29)/)
  for (let guess = 0; guess < 10; guess += 1) await assert.rejects(server.api("POST", "/api/auth/login", { username: "nobody", password: "a guess at it" }))
  await page.goto("/")
  await signIn(page, "nobody", "a guess at it")
  await until("the wait", async () => /You can try again in \d+ seconds?\./.test(await page.getByRole("main").textContent()))
  assert.ok(await page.getByRole("button", { name: "Sign in" }).isDisabled())
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

/** A trail as the server tells it. */
async function withTrail(page, asked = []) {
  const entry = (seq, act, more) => ({
    id: `01900000-0000-7000-8000-00000000000${seq}`, seq, at: "2026-11-21T08:00:00Z", actor: { id: null, name: "ann" }, via: "login", act, object: "login:1",
    before: null, after: null, hash: "a".repeat(64), previous_hash: "b".repeat(64), ...more,
  })
  await page.route("**/api/admin/audit?*", (route) => {
    const query = Object.fromEntries(new URL(route.request().url()).searchParams)
    asked.push(query)
    if (query.act === "nothing") return route.fulfill({ json: { entries: [], next_cursor: null } })
    if (query.cursor) return route.fulfill({ json: { entries: [entry(1, "user.register", { actor: { id: null, name: "" } })], next_cursor: null } })
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
  await page.getByLabel("Act, such as auth.login").fill("nothing")
  await page.getByText("Nothing like that was done").waitFor()
  assert.equal(asked.at(-1).act, "nothing")
  await page.getByRole("button", { name: "Show everything" }).click()
  await becomes(() => list.getByRole("listitem").count(), 3)
  await page.getByLabel("From").fill("2026-11-20")
  await becomes(() => asked.at(-1).from ?? asked.at(-2).from, "2026-11-19T23:00:00.000Z")
  assert.match(page.url(), /\?from=2026-11-20$/)
  let answer = { intact: true, entries: 3, first_broken: null }
  await page.route("**/api/admin/audit/verify", (route) => route.fulfill({ json: answer }))
  await page.getByRole("button", { name: "Verify" }).click()
  await page.getByText("The trail is intact: 3 entries").waitFor()
  answer = { intact: false, entries: 3, first_broken: { id: "x", seq: 2, why: "its hash does not fit its content" } }
  await page.getByRole("button", { name: "Verify" }).click()
  await page.getByText("number 2: its hash does not fit its content").waitFor()
})
