import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { answered, messageBox, send } from "./harness/page.js"
import { accountButton, asPerson, connected, openAs, PASSWORD, people, REQUIRED, secret, signIn, signInPage } from "./harness/people.js"
import { suite } from "./harness/suite.js"
import { becomes, until } from "./harness/wait.js"

const NAMES = ["bob", "cid", "dan", "eve", "fay", "gus", "hal", "ivy", "jan"]
const test = suite(import.meta.url, { withModel: true, variables: REQUIRED, fill: (server) => people(server, ...NAMES) })
/** The browser tells of refusals, although the page deals with them. */
const REFUSED = /status of 401|WebSocket connection to/

const refreshes = (page) => {
  const seen = []
  page.on("request", (request) => { if (request.url().endsWith("/api/auth/refresh")) seen.push(request) })
  return seen
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

test("another password removes the keys of whoever wants that, and says so", async ({ page, server }) => {
  const headers = await asPerson(server, "ivy")
  const make = () => server.api("POST", "/api/auth/keys", { name: "script", permissions: ["memory"] }, headers)
  const [{ key }] = [await make(), await make()]
  await openAs(page, "ivy", "/account")
  const change = async (present, next) => {
    await page.getByLabel("Password now").fill(present)
    await page.getByLabel("New password").fill(next)
    await page.getByRole("button", { name: "Change the password" }).press("Enter")
  }
  await change(PASSWORD, "another password")
  await page.getByText("API keys that go on letting programs in: 2").waitFor()
  await becomes(() => page.evaluate(() => document.activeElement.textContent), "Change the password")
  assert.equal((await server.api("GET", "/api/memory/list", undefined, { authorization: `Bearer ${key}` })).total, 0)
  await page.getByLabel("Also remove my API keys").check()
  await change("another password", "a third password")
  await page.getByText("The password is changed. 2 API keys removed").waitFor()
  assert.equal(await page.getByLabel("Also remove my API keys").isChecked(), false)
  await assert.rejects(server.api("GET", "/api/memory/list", undefined, { authorization: `Bearer ${key}` }), /invalid_token/)
})

test("the account shows what one has of what one may have, as the server tells it", async ({ page, server }) => {
  const admin = await asPerson(server, "ann")
  const { users } = await server.api("GET", "/api/admin/users?username=jan", undefined, admin)
  await server.api("PATCH", `/api/admin/users/${users[0].id}`, { quotas: { messages: 20, tokens: null, storage_bytes: 2_000 } }, admin)
  const headers = await asPerson(server, "jan")
  await server.api("POST", "/api/memory", { content: "j".repeat(1_500) }, headers)
  const { storage_bytes: stored } = await server.api("GET", "/api/auth/whoami", undefined, headers)
  assert.ok(stored >= 1_500 && stored < 2_000, `${stored}`)
  await openAs(page, "jan", "/account")
  const of = (name) => page.locator("dl.receipt > div").filter({ has: page.getByText(name, { exact: true }) }).locator("dd")
  await becomes(() => of("Storage").textContent(), `${(stored / 1_000).toFixed(1)} KB of 2.0 KB`)
  assert.equal(await page.getByRole("progressbar", { name: "Storage used" }).getAttribute("value"), String(stored))
  assert.deepEqual([await of("Messages").textContent(), await of("Tokens").textContent()], ["0 of 20", "0"])
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

test("whoever guesses too often is told how long to wait", async ({ page, server, expectTrouble }) => {
  expectTrouble(/status of 4(01|29)/)
  for (let guess = 0; guess < 10; guess += 1) await assert.rejects(server.api("POST", "/api/auth/login", { username: "nobody", password: "a guess at it" }))
  await page.goto("/")
  await signIn(page, "nobody", "a guess at it")
  await until("the wait", async () => /You can try again in \d+ seconds?\./.test(await page.getByRole("main").textContent()))
  assert.ok(await page.getByRole("button", { name: "Sign in" }).isDisabled())
})
