// The page of those who are not logged in. It stays at the address that was asked for.

import * as login from "../access/login.js"
import * as auth from "../api/auth.js"
import { button, errorNote, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { themeButton } from "../shell/theme-button.js"
import { logInForm, registerForm, setupForm } from "./forms.js"

const FORGOTTEN = "Ask your administrator for another password: they can give you one under Users, or with jarvis user reset-password on the machine itself."

/** Shows it until somebody is logged in. `invite` is a code, "" for one that got lost, null without; `trouble` a text. */
export async function signInPage({ invite, trouble }) {
  const card = h("div", { class: "sign-in-card" }, spinner())
  const main = h("main", { id: "main", class: "sign-in" },
    h("div", { class: "sign-in-brand" }, h("span", { class: "brand-mark", "aria-hidden": "true", text: "J" }), h("span", { text: "Jarvis" })),
    card, h("div", { class: "sign-in-foot" }, themeButton()))
  document.body.append(main)
  const over = new AbortController()
  // here or in another tab
  const begun = new Promise((resolve) => { login.on("began", resolve, over.signal) })
  read(card, { invite, trouble })
  await begun
  over.abort()
  main.remove()
}

async function read(card, given) {
  try {
    show(card, await auth.entrance(), given)
  } catch (error) {
    fill(card, errorNote({ error, onRetry: () => { fill(card, spinner()); read(card, given) } }))
  }
}

function show(card, entrance, { invite, trouble }) {
  const steps = {
    setup: () => draw(card, "Welcome to Jarvis", setupForm({ canTakeOver: entrance.can_take_over })),
    logIn: () => draw(card, "Sign in", logInForm({ note: trouble ?? endedNote() }), [
      entrance.registration === "open" && plain("Create an account", steps.register),
      forgotten(),
      entrance.registration === "invite" && h("p", { class: "field-note", text: "No account yet? An administrator can send you a link that invites you." }),
    ]),
    register: () => draw(card, "Create an account", registerForm({ invite }), [plain("I have an account", steps.logIn)]),
  }
  if (entrance.needs_setup) steps.setup()
  else if (invite && entrance.registration !== "closed") steps.register()
  else if (invite === "") draw(card, "This invitation is not whole", h("p", { text: "The link was cut off. Open all of it, or ask for another one." }), [plain("I have an account", steps.logIn)])
  else steps.logIn()
}

function draw(card, title, content, more = []) {
  document.title = `${title} – Jarvis`
  fill(card, h("h1", { text: title }), content, h("div", { class: "sign-in-more" }, more))
  const inputs = [...card.querySelectorAll("input:not([type=hidden])")]
  ;(inputs.find((input) => input.value === "" && input.type !== "checkbox") ?? inputs[0])?.focus()
}

const plain = (label, onClick) => button({ label, look: "plain", onClick })

function forgotten() {
  return h("details", null, h("summary", { text: "I forgot my password" }), h("p", { class: "field-note", text: FORGOTTEN }))
}

/** What those are told whose login is over without their doing. */
function endedNote() {
  return login.last()?.ended ? "Your login has ended. Sign in to go on where you were." : null
}
