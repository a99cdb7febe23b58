// People who log in: on the server, and on its page as they would.

import assert from "node:assert/strict"
import { becomes } from "./wait.js"

export const SETUP_TOKEN = "setup-token-of-the-tests"
export const PASSWORD = "correct horse battery"

/** What makes a server ask who one is. */
export const REQUIRED = { AUTH_MODE: "required", JARVIS_SETUP_TOKEN: SETUP_TOKEN }

/** Makes `ann`, who administers, and accounts for the others. */
export async function people(server, ...others) {
  await server.api("POST", "/api/auth/register", { username: "ann", password: PASSWORD, setup_token: SETUP_TOKEN })
  const headers = await asPerson(server, "ann")
  for (const username of others) await server.api("POST", "/api/admin/users", { username, password: PASSWORD }, headers)
}

/** Logs in as a program does; answers the headers that say so. */
export async function asPerson(server, username) {
  const { access_token: token } = await server.api("POST", "/api/auth/login", { username, password: PASSWORD })
  return { authorization: `Bearer ${token}` }
}

/** Fills the form that is shown instead of whatever was asked for. */
export async function signIn(page, name, password = PASSWORD) {
  await page.getByRole("textbox", { name: "Name" }).fill(name)
  await page.getByLabel("Password", { exact: true }).fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
}

export const signInPage = (page) => page.getByRole("heading", { name: "Sign in" })
/** In the sidebar, which is hidden on a phone. */
export const accountButton = (page) => page.getByRole("button", { name: /account and logging out/, includeHidden: true })

/** Opens `path` as somebody. */
export async function openAs(page, name, path = "/") {
  await page.goto(path)
  await signIn(page, name)
  await accountButton(page).waitFor({ state: "attached" })
}

/** Waits until the page is connected, as whoever is logged in. */
export const connected = (page) => becomes(() => page.getByRole("status", { name: "Connection" }).textContent(), "Connected")

/** What is given, and given once, in a dialog. */
export async function secret(page, label) {
  const dialog = page.getByRole("dialog")
  const value = await dialog.getByLabel(label, { exact: true }).inputValue()
  await dialog.getByRole("button", { name: "Copy" }).click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), value)
  await dialog.getByRole("button", { name: "Done" }).click()
  return value
}
