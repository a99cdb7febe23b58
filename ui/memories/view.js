// All that Jarvis remembers: to browse, to search, to correct and to forget.

import * as memories from "../api/memories.js"
import { announce } from "../core/announcer.js"
import { button, emptyState } from "../core/controls.js"
import { endlessList } from "../core/endless.js"
import { h } from "../core/dom.js"
import { counted } from "../core/format.js"
import { addKey } from "../core/keys.js"
import * as live from "../core/live.js"
import { page } from "../core/page.js"
import * as router from "../core/router.js"
import { stepKeys } from "../core/step-keys.js"
import { memoryCard } from "./card.js"
import * as changes from "./changes.js"
import { openMemory } from "./dialog.js"
import { filterOf, isNarrow, memoryFilters, pathOf } from "./filters.js"
import { addMemory, editMemory } from "./form.js"
import { stateOf } from "./words.js"

const PAGE = 40
const GROUP = "Memories"

export async function mount(root, { route, signal, setTitle, setTools }) {
  setTools(button({ label: "New memory", icon: "memory", look: "plain", onClick: addMemory }))
  const view = new MemoriesPage(root, signal, setTitle)
  view.follow(route)
  return { update: (next) => view.follow(next) }
}

class MemoriesPage {
  constructor(root, signal, setTitle) {
    this.signal = signal
    this.setTitle = setTitle
    this.filter = null
    this.dialog = null
    this.total = 0
    this.count = h("p", { class: "page-count", role: "status" })
    this.bar = memoryFilters((filter) => router.navigate(pathOf(filter), { replace: true }))
    const { body, scroller } = page(root, {
      title: "Memories",
      actions: button({ label: "New memory", icon: "plus", look: "primary not-narrow", onClick: addMemory }),
      fixed: [this.bar.element, this.count],
    })
    this.list = endlessList({
      scroller, signal, label: "Memories",
      read: (cursor, reading) => this.#read(cursor, reading),
      draw: (memory) => memoryCard(memory),
      none: () => this.#none(),
      told: (found, isFirst) => this.#told(found, isFirst),
    })
    this.scroller = scroller
    body.append(this.list.element)
    signal.addEventListener("abort", () => this.dialog?.close())
    this.#news()
    this.#keys(root)
  }

  #news() {
    live.on("memory_created", ({ memory }) => this.#put(memory), this.signal)
    live.on("missed", () => this.list.reset(), this.signal)
    changes.on("added", (memory) => this.#put(memory), this.signal)
    changes.on("changed", (memory) => this.#replace(memory), this.signal)
    changes.on("forgotten", (id) => this.#take(id), this.signal)
  }

  #keys(root) {
    const { signal } = this
    const { first } = stepKeys({ root: this.list.element, selector: ".memory-link", group: GROUP, noun: "memory", signal })
    addKey({ combo: "/", label: "Search memories", group: GROUP, run: () => this.bar.input.focus(), signal })
    addKey({ combo: "a", label: "Add a memory", group: GROUP, run: () => { addMemory() }, signal })
    this.bar.input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && first()) event.preventDefault()
    })
    const here = (run) => () => {
      const card = document.activeElement?.closest?.(".memory-card")
      if (!card || !root.contains(card)) return false
      memories.get(card.dataset.id, signal).then(run, () => {})
    }
    addKey({ combo: "e", label: "Edit the memory", group: GROUP, run: here(editMemory), signal })
    addKey({ combo: "Delete", label: "Forget the memory", group: GROUP, run: here(changes.forget), signal })
  }

  /** Follows an address. Answers true: it is never mounted anew. */
  follow(route) {
    this.setTitle("Memories")
    if (route.params.id) {
      this.#open(route.params.id)
      if (!this.filter) this.#show(filterOf(route.query))
      return true
    }
    const dialog = this.dialog
    this.dialog = null
    dialog?.close()
    const filter = filterOf(route.query)
    if (!this.filter || pathOf(filter) !== pathOf(this.filter)) this.#show(filter)
    return true
  }

  #show(filter) {
    this.filter = filter
    this.bar.set(filter)
    this.list.reset().then(() => this.scroller.scrollTo(0, 0))
  }

  #open(id) {
    this.dialog?.close()
    const dialog = openMemory(id)
    this.dialog = dialog
    dialog.closed.then(() => {
      if (this.dialog !== dialog) return
      this.dialog = null
      if (this.signal.aborted) return
      router.rename(pathOf(this.filter))
      // an edit has drawn the card anew, so the dialog cannot give the focus back
      if (document.activeElement === document.body) this.#card(id)?.querySelector("a").focus()
    })
  }

  async #read(cursor, reading) {
    const { q, mode, kind, category, pinned, state } = this.filter
    if (q) {
      const found = await memories.search({ query: q, mode, limit: PAGE, cursor }, reading)
      return { items: found.results.filter((memory) => this.#fits(memory)), next: found.next_cursor, total: found.total }
    }
    const filter = {
      kind, category, pinned: pinned || null, limit: PAGE, cursor,
      expired: state === "expired" || state === "all" || null, superseded: state === "superseded" || state === "all" || null,
    }
    const found = await memories.list(filter, reading)
    return { items: found.memories, next: found.next_cursor, total: found.total }
  }

  /** Whether the filters let a memory through; a search does not know them. */
  #fits(memory) {
    const { kind, category, pinned, state } = this.filter
    if ((kind && memory.kind !== kind) || (category && memory.category !== category) || (pinned && !memory.pinned)) return false
    const its = stateOf(memory)
    return its === "current" || state === "all" || state === (its === "expired" ? "expired" : "superseded")
  }

  #told(found, isFirst) {
    this.bar.offer(new Set(found.items.map((memory) => memory.category)))
    if (!isFirst) return
    this.total = found.items.length === 0 ? 0 : found.total
    this.#sayCount()
    if (this.filter.q) announce(this.count.textContent || "Nothing found")
  }

  #sayCount() {
    const { q, kind, category, pinned } = this.filter
    // a search counts before the filters
    const isKnown = this.total > 0 && !(q && (kind || category || pinned))
    this.count.textContent = isKnown ? `${counted(this.total, "memory", "memories")}${q ? " found, best first" : ", newest first"}` : ""
  }

  #none() {
    if (isNarrow(this.filter)) {
      return emptyState({
        icon: "memory", title: "No memory like that", text: "Try other words, or search by meaning: it finds what was said differently.",
        action: button({ label: "Show all memories", onClick: () => { this.bar.input.value = ""; router.navigate("/memories") } }),
      })
    }
    return emptyState({
      icon: "memory", title: "Nothing is remembered yet",
      text: "While you talk, Jarvis keeps what is worth keeping: who people are, what you like, what you plan. You can also write something down yourself.",
      action: button({ label: "Write the first memory", look: "primary", onClick: addMemory }),
    })
  }

  #card(id) {
    return this.list.list.querySelector(`[data-id="${CSS.escape(id)}"]`)
  }

  #put(memory) {
    if (!this.filter || this.filter.q || this.#card(memory.id) || !this.#fits(memory)) return
    if (this.list.list.childElementCount === 0) this.list.reset()
    else this.list.list.prepend(memoryCard(memory))
    this.total += 1
    this.#sayCount()
    this.bar.offer([memory.category])
  }

  #replace(memory) {
    const card = this.#card(memory.id)
    if (!card) return
    const control = [...card.querySelectorAll("a, button")].indexOf(document.activeElement)
    const drawn = memoryCard(memory)
    if (!this.#fits(memory)) return this.#take(memory.id)
    card.replaceWith(drawn)
    if (control >= 0) drawn.querySelectorAll("a, button")[control]?.focus()
  }

  #take(id) {
    const card = this.#card(id)
    if (!card) return
    const neighbour = card.nextElementSibling ?? card.previousElementSibling
    const focused = card.contains(document.activeElement)
    card.remove()
    this.total -= 1
    this.#sayCount()
    if (focused || document.activeElement === document.body) neighbour?.querySelector("a")?.focus()
    if (this.list.list.childElementCount === 0) this.list.reset()
  }
}
