// The browser, and what no page may do in it whatever the test is about.

import { browserPath, installed } from "./places.js"
import { PATIENCE_MS } from "./wait.js"

const { chromium } = installed("playwright-core")

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

/** Nothing but this machine can be reached: what a page would load from elsewhere fails, and is seen. */
const ARGUMENTS = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--font-render-hinting=none"]

/** With JARVIS_BROWSER_SHOW in windows and slowly, to look on. */
const isShown = Boolean(process.env.JARVIS_BROWSER_SHOW)
const SLOW_MS = 250

export const launch = () => chromium.launch({ executablePath: browserPath(), args: ARGUMENTS, headless: !isShown, slowMo: isShown ? SLOW_MS : 0 })

/** A browser profile of its own: empty storage, a size, a theme of the system, perhaps fingers. */
export async function openContext(browser, base, { size = DESKTOP, colorScheme = "light", touch = size.width < 600, scale = 1 } = {}) {
  const context = await browser.newContext({
    baseURL: base, viewport: size, deviceScaleFactor: scale, colorScheme, hasTouch: touch, isMobile: touch, locale: "en-GB", timezoneId: "Europe/Paris",
    permissions: ["clipboard-read", "clipboard-write"], reducedMotion: "reduce",
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const watch = new Watch(base)
  context.on("page", (page) => watch.page(page))
  context.on("request", (request) => watch.address(request.url()))
  return { context, watch }
}

/** Notes whatever a page did that it must not. */
class Watch {
  #seen = []
  #expected = []

  constructor(base) {
    this.origin = new URL(base).origin
  }

  page(page) {
    page.on("pageerror", (error) => this.#note(`uncaught: ${error.stack ?? error}`))
    page.on("dialog", (dialog) => { this.#note(`a dialog opened: ${dialog.message()}`); dialog.dismiss().catch(() => {}) })
    // violations of the content policy come as errors of the console
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.#note(`console ${message.type()}: ${message.text()} (${message.location().url})`)
    })
    page.on("websocket", (socket) => this.address(socket.url().replace(/^ws/, "http")))
  }

  address(url) {
    const { origin, protocol } = new URL(url)
    if (origin !== this.origin && !["data:", "blob:"].includes(protocol)) this.#note(`left the server: ${url}`)
  }

  /** The test makes this happen: an answer of the server that the browser reports as an error, say. */
  expect(pattern) {
    this.#expected.push(pattern)
  }

  #note(what) {
    this.#seen.push(what)
  }

  get trouble() {
    return this.#seen.filter((what) => !this.#expected.some((pattern) => pattern.test(what)))
  }
}
