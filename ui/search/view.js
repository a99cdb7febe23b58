// The search over everything that was said and is remembered.

import * as search from "../api/search.js"
import { announce } from "../core/announcer.js"
import { button, emptyState } from "../core/controls.js"
import { endlessList } from "../core/endless.js"
import { h } from "../core/dom.js"
import { counted, number } from "../core/format.js"
import { addKey } from "../core/keys.js"
import { page } from "../core/page.js"
import * as router from "../core/router.js"
import { stepKeys } from "../core/step-keys.js"
import { compare } from "./explain.js"
import { searchForm } from "./form.js"
import { hitItem } from "./hit.js"
import { keep, take } from "./last.js"
import { asked, hasSigns, isNarrow, onlyLeavesOut, pathOf, questionOf } from "./question.js"
import { remember } from "./recent.js"
import { titleOf } from "./titles.js"
import { signs, welcome } from "./welcome.js"

const PAGE = 25
const GROUP = "Search"

export async function mount(root, { route, signal, setTitle }) {
  const view = new SearchPage(root, signal, setTitle)
  view.follow(route)
  if (matchMedia("(pointer: fine)").matches) view.form.input.focus()
  return { update: (next) => view.follow(next) }
}

class SearchPage {
  constructor(root, signal, setTitle) {
    this.setTitle = setTitle
    this.question = null
    this.top = 0
    this.kept = null
    this.count = h("p", { class: "page-count" })
    this.form = searchForm((question, isFinal) => this.#ask(question, isFinal))
    const { body, scroller } = page(root, { title: "Search", fixed: [this.form.element, this.count] })
    this.body = body
    this.scroller = scroller
    this.found = null
    this.list = endlessList({
      scroller, signal, label: "Found",
      read: (cursor, reading) => this.#read(cursor, reading),
      draw: (hit) => hitItem(hit, { explain: this.question.explain, onOpen: () => remember(this.question.q) }),
      none: () => this.#none(),
      told: (found, isFirst) => { compare(this.list.list); if (isFirst) this.#told(found) },
    })
    signal.addEventListener("abort", () => { if (this.found) keep(pathOf(this.question), this.found, this.top) })
    scroller.addEventListener("scroll", () => { this.top = scroller.scrollTop }, { passive: true })
    const { first } = stepKeys({ root: this.list.element, selector: ".found-link", group: GROUP, noun: "result", signal })
    addKey({ combo: "/", label: "Search for something else", group: GROUP, run: () => { this.form.input.focus(); this.form.input.select() }, signal })
    this.form.input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && first()) event.preventDefault()
    })
  }

  #ask(question, isFinal) {
    if (isFinal) remember(question.q)
    // a search that was finished stays in the history, what was typed on the way does not
    router.navigate(pathOf(question), { replace: !isFinal || pathOf(question) === pathOf(this.question) })
  }

  /** Follows an address. Answers true: it is never mounted anew. */
  follow(route) {
    const question = questionOf(route.query)
    const same = this.question && pathOf(question) === pathOf(this.question)
    this.question = question
    this.form.set(question)
    this.setTitle(question.q ? `${question.q} – Search` : "Search")
    if (question.conversation) titleOf(question.conversation).then((title) => { if (this.question === question) this.form.name(title) })
    if (same) return true
    if (question.q === "") this.#welcome()
    else if (onlyLeavesOut(question)) this.#wantsWord()
    else this.#run()
    return true
  }

  #run() {
    if (this.list.element.parentElement !== this.body) this.body.replaceChildren(this.list.element)
    this.found = null
    this.kept = take(pathOf(this.question))
    this.list.reset().then(() => this.scroller.scrollTo(0, this.kept?.top ?? 0))
  }

  #welcome() {
    this.found = null
    this.list.clear()
    this.count.textContent = ""
    this.body.replaceChildren(welcome((q) => this.#choose(q)))
  }

  #wantsWord() {
    const title = "A word to look for is missing"
    this.found = null
    this.list.clear()
    this.count.textContent = ""
    this.body.replaceChildren(emptyState({ icon: "search", title, text: "The sign − leaves results out; write a word that they should have as well, as in: walk -dog." }))
    announce(title)
  }

  #choose(q) {
    this.form.input.value = q
    this.form.input.focus()
    this.#ask({ ...this.question, q }, true)
  }

  async #read(cursor, reading) {
    if (cursor === null && this.kept) return this.found = this.kept.found
    const { hits, next_cursor: next, ...rest } = await search.find({ ...asked(this.question), limit: PAGE, cursor }, reading)
    this.found = { ...rest, items: cursor === null ? hits : [...this.found.items, ...hits], next }
    return { ...rest, items: hits, next }
  }

  #told(found) {
    if (found.items.length === 0) {
      this.count.textContent = ""
      announce("Nothing found")
      return
    }
    const total = found.total_is_exact ? counted(found.total, "result") : `More than ${number(found.total)} results`
    const signsSeen = this.question.mode !== "text" && hasSigns(this.question.q)
    const how = signsSeen ? (this.question.mode === "best" ? ", by exact words because of the signs" : "; signs are not obeyed in a search by meaning") : ""
    this.count.textContent = `${total} in ${number(Math.max(1, Math.round(found.query_time_ms)))} ms${how}`
    announce(total)
  }

  #none() {
    const { question } = this
    const widen = isNarrow(question)
      ? button({ label: "Search without filters", look: "primary", onClick: () => router.navigate(pathOf({ q: question.q })) })
      : question.mode === "text" && button({ label: "Search by meaning too", look: "primary", onClick: () => router.navigate(pathOf({ ...question, mode: "best" })) })
    return h("div", { class: "search-none" },
      emptyState({ icon: "search", title: "Nothing found", text: isNarrow(question) ? "The filters may keep it out." : "Try fewer or other words.", action: widen || null }),
      signs((q) => this.#choose(q)))
  }
}
