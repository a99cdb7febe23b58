// Builds elements. Text becomes text nodes and attributes are set one by one: nothing here ever parses markup, so what a
// model, a title or a memory contains stays text.

/**
 * An element. `props` are attributes, except
 * - `class`: a string; `on`: {event: listener}; `data`: {name: value}; `style`: {"--custom": value};
 * - `text`: its text; `value`, `checked`, `disabled`, `hidden`, `open`…: properties, when the element has them as booleans.
 * Attributes that are null, undefined or false are left out, true becomes an empty one.
 * `children` are nodes, texts, or nested lists of them; null and false are left out.
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag)
  if (props) apply(element, props)
  append(element, children)
  return element
}

function apply(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value == null) continue
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener)
    else if (name === "data") Object.assign(element.dataset, value)
    else if (name === "style") for (const [key, setting] of Object.entries(value)) element.style.setProperty(key, setting)
    else if (name === "text") element.textContent = value
    else if (name === "value") element.value = value
    else attribute(element, name, value)
  }
}

/** Sets an attribute; false and null take it away, true is an empty one, but `aria-…` say "true" and "false". */
export function attribute(element, name, value) {
  if (name.startsWith("aria-") && typeof value === "boolean") element.setAttribute(name, String(value))
  else if (value === false || value == null) element.removeAttribute(name)
  else element.setAttribute(name, value === true ? "" : value)
}

function append(element, children) {
  for (const child of children) {
    if (child == null || child === false) continue
    if (Array.isArray(child)) append(element, child)
    else element.append(child)
  }
}

/** Puts `children` in the place of whatever `element` had. */
export function fill(element, ...children) {
  element.replaceChildren()
  append(element, children)
  return element
}

let lastId = 0

/** An id no other element has: to tie labels to their controls. */
export function uniqueId(prefix) {
  lastId += 1
  return `${prefix}-${lastId}`
}

/** Calls `run` when nothing called it again for `ms`; `.now()` runs what waits, `.cancel()` drops it. */
export function debounced(run, ms) {
  let timer = 0
  let waiting = null
  const fire = () => {
    clearTimeout(timer)
    const args = waiting
    waiting = null
    if (args) run(...args)
  }
  const later = (...args) => {
    waiting = args
    clearTimeout(timer)
    timer = setTimeout(fire, ms)
  }
  later.now = fire
  later.cancel = () => {
    clearTimeout(timer)
    waiting = null
  }
  return later
}
