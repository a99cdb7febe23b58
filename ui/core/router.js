// Addresses of the page. A route is a pattern like "/c/:id"; addresses are relative to wherever the page is served, which
// may be a path behind a proxy: this file's own address, /base/assets/<version>/core/router.js, tells.

import { emitter } from "./emitter.js"

const BASE = new URL("../../../", import.meta.url).pathname
const changes = emitter()
const routes = []

/** Adds a pattern; `view` comes back with every route that it fits. */
export function addRoute(pattern, view) {
  const names = []
  const source = pattern.replace(/:(\w+)/g, (_, name) => {
    names.push(name)
    return "([^/]+)"
  })
  routes.push({ expression: new RegExp(`^${source}/?$`), names, pattern, view })
}

function match(path) {
  for (const { expression, names, pattern, view } of routes) {
    const found = expression.exec(path)
    if (!found) continue
    const params = Object.fromEntries(names.map((name, index) => [name, decode(found[index + 1])]))
    return { view, pattern, params }
  }
  return null
}

function decode(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Where the page is: {view, pattern, params, path, query (URLSearchParams), hash}; `view` is null when nothing fits. */
export function current() {
  const { pathname, search, hash } = location
  const path = pathname.startsWith(BASE) ? `/${pathname.slice(BASE.length)}` : "/"
  const found = match(path) ?? { view: null, pattern: null, params: {} }
  return { ...found, path, query: new URLSearchParams(search), hash: hash.slice(1) }
}

/** The address of a path of the page, for `href`. */
export function href(path) {
  return BASE + path.replace(/^\//, "")
}

/** Goes to a path of the page. */
export function navigate(path, { replace = false } = {}) {
  const address = href(path)
  if (address !== location.pathname + location.search + location.hash) {
    if (replace) history.replaceState(null, "", address)
    else history.pushState(null, "", address)
  }
  changes.emit("change", current())
}

/** Shows another path without going there: the view on the screen is already what it names. */
export function rename(path) {
  history.replaceState(null, "", href(path))
  changes.emit("rename")
}

/** Calls `listener` when the present address got another name. */
export function onRename(listener) {
  changes.on("rename", listener)
}

/** Calls `listener` with every route, the present one included, and makes links of the page go without loading. */
export function start(listener) {
  changes.on("change", listener)
  addEventListener("popstate", () => changes.emit("change", current()))
  document.addEventListener("click", follow)
  listener(current())
}

function follow(event) {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null
  if (!plain || !link || event.defaultPrevented || link.target || link.hasAttribute("download")) return
  if (link.origin !== location.origin || !link.pathname.startsWith(BASE)) return
  const path = `/${link.pathname.slice(BASE.length)}`
  if (!match(path)) return
  event.preventDefault()
  navigate(path + link.search + link.hash)
}
