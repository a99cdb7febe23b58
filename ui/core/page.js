// The layout of a view that is a page to scroll: a head with its title, and a column below.

import { h } from "./dom.js"

/**
 * Puts into `root` a head with `title` and `actions` (nodes), what stays in place when the rest scrolls (`fixed`), and the
 * column. Answers {body, scroller}. `wide` makes the column as wide as charts need.
 */
export function page(root, { title, actions, fixed, wide = false }) {
  const body = h("div", { class: "page-column" })
  const scroller = h("div", { class: "page-scroller", role: "region", "aria-label": title, tabindex: "0" }, body)
  root.classList.add("page")
  root.classList.toggle("wide", wide)
  root.replaceChildren(
    h("div", { class: "page-head" }, h("div", { class: "page-column" },
      h("div", { class: "page-title-row" }, h("h1", { class: "page-title", text: title }), actions && h("div", { class: "page-actions" }, actions)),
      fixed)),
    scroller)
  return { body, scroller }
}

/** A titled part of a page. */
export function section({ title, text, id, class: more = "" }, ...children) {
  return h("section", { class: `page-section ${more}`, id, "aria-label": title },
    h("h2", { text: title }), text && h("p", { class: "page-text", text }), children)
}
