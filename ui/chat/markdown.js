// Markdown to nodes. This is the only place of the page where markup is parsed, and everything goes through `sanitised`:
// what a model writes is not to be trusted. Tags are an allowed few, links lead to web and mail only, nothing is loaded.

import { lexer, parser, Renderer } from "../vendor/marked.js"
import "../vendor/purify.js"

const purify = globalThis.DOMPurify

const ALLOWED = {
  ALLOWED_TAGS: [
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "span", "strong",
    "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
  ],
  ALLOWED_ATTR: ["align", "class", "href", "rel", "start", "target", "title"],
  // no addresses, so not held against what addresses may be
  ADD_URI_SAFE_ATTR: ["align", "start"],
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
}

purify.addHook("afterSanitizeAttributes", (node) => {
  // only the names that code carries: a class of the page's own could dress text up as a control
  const kept = [...node.classList].filter((name) => /^(language-[\w+#.-]{1,30}|hljs-[\w-]{1,30})$/.test(name))
  if (kept.length > 0) node.className = kept.join(" ")
  else node.removeAttribute("class")
  if (node.tagName === "A") {
    if (!node.hasAttribute("href")) return node.removeAttribute("target")
    node.target = "_blank"
    node.rel = "noopener noreferrer nofollow"
  }
})

const renderer = new Renderer()
// tags are shown as they were written: they are more often meant as text, and none is lost
renderer.html = ({ text }) => (/^<br\s*\/?>$/i.test(text.trim()) ? "<br>" : escaped(text))
// an image would be asked for at an address that the model chose
renderer.image = ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`
renderer.checkbox = ({ checked }) => (checked ? "☑ " : "☐ ")
// below the heading of the page itself
renderer.heading = function heading({ tokens, depth }) {
  const level = Math.min(depth + 1, 6)
  return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`
}

const OPTIONS = { gfm: true, breaks: true, renderer }

function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}

/** Markup as nodes that can do no harm. */
export function sanitised(markup) {
  return purify.sanitize(markup, ALLOWED)
}

/** The blocks of a text: paragraphs, lists, code… each with the text it was made of as `raw`. */
export function blocks(text) {
  return lexer(text, OPTIONS).filter((token) => token.type !== "space" && token.type !== "def")
}

/** One block as nodes. */
export function render(block) {
  return sanitised(parser([block], OPTIONS))
}
