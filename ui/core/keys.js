// Keys of the whole page. Whoever has some adds them, the help overlay lists those that are in force.

const bindings = new Set()
export const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

/**
 * Adds a key. `combo`: "?", "g m" (one after the other), "mod+k" (Ctrl, on a Mac Command), "alt+ArrowUp", "Escape".
 * A key without mod is left alone while somebody types, unless `typing` is true. `when()` says whether it is in force.
 * `run(event)` answers false to leave the key to others. Answers a function that takes it away again, as `signal` does.
 */
export function addKey({ combo, label, group = "Everywhere", run, when = () => true, typing = false, signal }) {
  const binding = { steps: combo.split(" "), combo, label, group, run, when, typing }
  bindings.add(binding)
  const remove = () => bindings.delete(binding)
  signal?.addEventListener("abort", remove)
  return remove
}

/** The keys in force that have a label, as [group, [{combo, label}]]. */
export function listKeys() {
  const groups = new Map()
  for (const { combo, label, group, when } of bindings) {
    if (!label || !when()) continue
    if (!groups.has(group)) groups.set(group, [])
    groups.get(group).push({ combo, label })
  }
  return [...groups]
}

let pending = []
let pendingTimer = 0

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return
    if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return
    const pressed = name(event)
    const typing = isTyping(event.target)
    if (document.querySelector("dialog:modal")) return
    clearTimeout(pendingTimer)
    const sequence = [...pending, pressed]
    pending = []
    for (const binding of [...bindings].reverse()) {
      if (typing && !binding.typing && !pressed.startsWith("mod+")) continue
      if (!binding.when()) continue
      if (matches(binding.steps, sequence)) {
        if (binding.run(event) === false) continue
        event.preventDefault()
        return
      }
      if (binding.steps.length > sequence.length && matches(binding.steps.slice(0, sequence.length), sequence)) {
        pending = sequence
      }
    }
    if (pending.length > 0) pendingTimer = setTimeout(() => { pending = [] }, 1_200)
  })
}

function matches(steps, sequence) {
  return steps.length === sequence.length && steps.every((step, index) => step === sequence[index])
}

function name(event) {
  const parts = []
  if (isMac ? event.metaKey : event.ctrlKey) parts.push("mod")
  if (event.altKey) parts.push("alt")
  const printable = event.key.length === 1
  if (event.shiftKey && !printable) parts.push("shift")
  parts.push(printable ? event.key.toLowerCase() : event.key)
  return parts.join("+")
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"))
}

const WORDS = { mod: isMac ? "⌘" : "Ctrl", alt: isMac ? "⌥" : "Alt", shift: "Shift", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" }

/** A combo as a person reads it: a list of steps, each a list of keys. */
export function keyNames(combo) {
  return combo.split(" ").map((step) => (step === "+" ? ["+"] : step.split("+")).map((key) => WORDS[key] ?? (key.length === 1 ? key.toUpperCase() : key)))
}
