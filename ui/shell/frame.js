// The frame around every view: the sidebar with the menu and the conversations, the place of the view, and on a narrow
// screen the bar with the title that opens the sidebar as a drawer.

import * as login from "../access/login.js"
import { button, emptyState, errorNote, iconButton, spinner } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { icon } from "../core/icons.js"
import { addKey } from "../core/keys.js"
import * as router from "../core/router.js"
import { mayOpen, VIEWS } from "../views/index.js"
import { connectionStatus } from "./connection.js"
import { openHelp } from "./help.js"
import { themeButton } from "./theme-button.js"

const main = h("main", { id: "main", class: "main", tabindex: "-1" })
const barTitle = h("p", { class: "bar-title", "aria-hidden": "true" })
const barTools = h("div", { class: "bar-tools" })
const links = new Map()
const narrow = matchMedia("(max-width: 760px)")
let mounted = null

/**
 * `sidebar` is {element, mark()}: what stands below the menu, told of every change of address; `account` what stands below that,
 * where people log in.
 */
export function startFrame(sidebar, account) {
  for (const view of VIEWS) for (const path of view.paths) router.addRoute(path, view)
  const aside = h("aside", { id: "sidebar", class: "sidebar", "aria-label": "Sidebar" },
    h("div", { class: "sidebar-head" },
      h("a", { class: "brand", href: router.href("/") }, brandMark(), h("span", null, "Jarvis", h("span", { class: "visually-hidden", text: ", new conversation" }))),
      iconButton({ label: "Close the sidebar", icon: "close", class: "only-narrow", onClick: () => setDrawer(false) })),
    menu(), sidebar.element, account,
    h("div", { class: "sidebar-foot" }, connectionStatus(), themeButton(),
      iconButton({ label: "Keys", icon: "keyboard", onClick: openHelp })))
  const bar = h("header", { class: "bar only-narrow" },
    iconButton({ label: "Open the sidebar", icon: "menu", "aria-controls": "sidebar", "aria-expanded": "false", onClick: () => setDrawer(true) }),
    barTitle, barTools,
    h("a", { class: "icon-button", href: router.href("/"), "aria-label": "New conversation", title: "New conversation" }, icon("plus")))
  document.body.append(
    h("a", { class: "skip", href: "#main", on: { click: (event) => { event.preventDefault(); main.focus() } }, text: "Skip to the content" }),
    h("div", { class: "frame" }, aside, h("div", { class: "backdrop", on: { click: () => setDrawer(false) } }),
      h("div", { class: "stage" }, bar, main)))
  keys()
  narrow.addEventListener("change", () => setDrawer(false))
  router.onRename(sidebar.mark)
  router.start((route) => {
    show(route)
    sidebar.mark()
  })
}

function brandMark() {
  return h("span", { class: "brand-mark", "aria-hidden": "true", text: "J" })
}

function menu() {
  const items = VIEWS.filter((view) => !view.needs).map((view) => {
    const link = h("a", { href: router.href(view.paths[0]) }, icon(view.icon), h("span", { text: view.title }))
    links.set(view.name, link)
    return h("li", null, link)
  })
  return h("nav", { class: "menu", "aria-label": "Views", hidden: VIEWS.length < 2 }, h("ul", null, items))
}

function keys() {
  addKey({ combo: "?", label: "Show the keys", run: openHelp })
  addKey({ combo: "Escape", run: () => isDrawerOpen() ? setDrawer(false) : false, typing: true })
  for (const view of VIEWS) {
    if (view.key && mayOpen(view)) addKey({ combo: view.key, label: `Go to ${view.title}`, run: () => router.navigate(view.paths[0]) })
  }
}

function isDrawerOpen() {
  return document.body.classList.contains("drawer-open")
}

/** Opens or closes the sidebar on a narrow screen, where it lies over the view. */
export function setDrawer(open) {
  if (open === isDrawerOpen() || (open && !narrow.matches)) return
  document.body.classList.toggle("drawer-open", open)
  const opener = document.querySelector(".bar [aria-controls=sidebar]")
  opener?.setAttribute("aria-expanded", String(open))
  document.querySelector(".stage").inert = open
  if (open) document.querySelector("#sidebar .sidebar-head button")?.focus()
  else opener?.focus()
}

/** Names what is shown, in the window's title and in the bar of narrow screens. */
export function setTitle(title) {
  document.title = title ? `${title} – Jarvis` : "Jarvis"
  barTitle.textContent = title || "Jarvis"
}

/** What the view offers in the bar of narrow screens, beside its title. */
export function setTools(...nodes) {
  fill(barTools, nodes)
}

async function show(route) {
  setDrawer(false)
  for (const [name, link] of links) {
    if (name === route.view?.name) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
  if (mounted && mounted.name === route.view?.name && mounted.handle?.update?.(route) === true) return
  leave()
  if (!route.view) return showUnknown()
  if (!mayOpen(route.view)) return showRefusal(route.view)
  const leaving = new AbortController()
  const here = { name: route.view.name, leaving, handle: null }
  mounted = here
  const root = h("div", { class: `view view-${route.view.name}` })
  fill(main, spinner())
  setTitle(route.view.title)
  setTools()
  try {
    const module = await route.view.load()
    if (mounted !== here) return
    fill(main, root)
    here.handle = (await module.mount(root, { route, signal: leaving.signal, setTitle, setTools })) ?? null
  } catch (error) {
    if (mounted === here) fill(main, errorNote({ error, onRetry: () => location.reload(), retryLabel: "Load the page again" }))
  }
}

function leave() {
  mounted?.leaving.abort()
  mounted = null
}

/** A view that there is, but not for whoever looks. */
function showRefusal(view) {
  setTitle(view.title)
  setTools()
  fill(main, login.isRequired ? emptyState({ icon: "key", title: "This is for administrators", text: "Ask one of them to look, or to make you one too." }) : emptyState({
    icon: "people", title: "Nobody logs in here",
    text: "Whoever reaches this Jarvis is trusted, which is why it can be reached from this machine only. To let others in, each with what is their own, start it with AUTH_MODE=required.",
  }))
}

function showUnknown() {
  setTitle("No such page")
  setTools()
  fill(main, emptyState({
    icon: "info", title: "There is no such page", text: "The address may be old or mistyped.",
    action: button({ label: "Go to the chat", look: "primary", onClick: () => router.navigate("/") }),
  }))
}
