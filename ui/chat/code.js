// Blocks of code: their language, a button to copy, and colours. The grammars are loaded when the first block needs them.

import { copyButton } from "../core/copy.js"
import { fill, h } from "../core/dom.js"
import { sanitised } from "./markdown.js"

/** Longer code stays plain: colouring it would hold up the page. */
const MOST_CHARS = 30_000
const NAMES = {
  bash: "bash", c: "c", cc: "cpp", cpp: "cpp", css: "css", diff: "diff", go: "go", golang: "go", h: "c", html: "xml", ini: "ini",
  java: "java", javascript: "javascript", js: "javascript", json: "json", jsx: "javascript", markdown: "markdown", md: "markdown",
  mjs: "javascript", py: "python", python: "python", rs: "rust", rust: "rust", sh: "bash", shell: "bash", sql: "sql", svg: "xml",
  toml: "ini", ts: "typescript", tsx: "typescript", typescript: "typescript", xml: "xml", yaml: "yaml", yml: "yaml", zsh: "bash",
}
const loaded = new Map()

/** Puts the frame with language and button around every block of code in `root`. */
export function frameCode(root, { colours }) {
  for (const pre of root.querySelectorAll("pre")) {
    const code = pre.querySelector("code")
    if (!code || pre.parentElement?.classList.contains("code")) continue
    const written = [...code.classList].find((name) => name.startsWith("language-"))?.slice("language-".length) ?? ""
    pre.tabIndex = 0
    pre.setAttribute("role", "group")
    pre.setAttribute("aria-label", written ? `Code, ${written}` : "Code")
    const frame = h("div", { class: "code" }, h("div", { class: "code-head" }, h("span", { text: written || "code" }), copyButton(() => code.textContent, "Copy the code")))
    pre.replaceWith(frame)
    frame.append(pre)
    if (colours) colour(code, NAMES[written.toLowerCase()])
  }
}

async function colour(code, language) {
  const text = code.textContent
  if (!language || text.length > MOST_CHARS) return
  try {
    const highlighter = await grammar(language)
    fill(code, sanitised(highlighter.highlight(text, { language, ignoreIllegals: true }).value))
  } catch {
    // without colours it reads as well
  }
}

async function grammar(language) {
  if (!loaded.has(language)) {
    loaded.set(language, Promise.all([import("../vendor/highlight/core.js"), import(`../vendor/highlight/languages/${language}.js`)]))
  }
  const [{ default: highlighter }, { default: definition }] = await loaded.get(language)
  if (!highlighter.getLanguage(language)) highlighter.registerLanguage(language, definition)
  return highlighter
}
