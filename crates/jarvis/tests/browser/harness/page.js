// What the tests do with the page over and over, by role and name as a person would.

import { becomes } from "./wait.js"

export const messageBox = (page) => page.getByRole("textbox", { name: "Message", exact: true })

/** Writes a message and sends it with Enter, or on a phone with the button. */
export async function send(page, text) {
  await messageBox(page).fill(text)
  await page.getByRole("button", { name: "Send" }).click()
}

export const answers = (page) => page.getByRole("article", { name: "Jarvis answered" })
export const said = (page) => page.getByRole("article", { name: "You said" })

/** The text of the answers on the screen, without their tools. */
export const answerTexts = (page) => texts(answers(page).locator(".prose"))
export const saidTexts = (page) => texts(said(page).locator(".said-words"))

const texts = async (locator) => (await locator.allInnerTexts()).map((text) => text.trim())

/** Waits until the answers on the screen are these, whole. */
export async function answered(page, ...expected) {
  await becomes(() => answerTexts(page), expected)
  await becomes(() => page.locator("article[aria-busy=true]").count(), 0, "an answer is still coming")
}

/** The row of a conversation in the sidebar. */
export const row = (page, title) => page.getByRole("navigation", { name: "Conversations" }).getByRole("listitem").filter({ hasText: title })

/** Chooses an entry of the menu that the button `opener` opens. */
export async function choose(page, opener, entry) {
  await opener.click()
  await page.getByRole("menuitem", { name: entry }).click()
}
