// Where one writes: a text that grows, what goes with it, and the button that sends or stops.

import { attribute, debounced, h } from "../core/dom.js"
import { iconButton, setIconButton } from "../core/controls.js"
import { icon } from "../core/icons.js"
import * as storage from "../core/storage.js"
import * as drafts from "./drafts.js"

const KEEP_MS = 250
/** On a screen for fingers, Enter begins a line: its keyboard has no Shift at hand. */
const isTouch = matchMedia("(pointer: coarse)").matches

/** `onSend(text, {model, saveMemory})`, `onStop()`; {element, focus, setPlace, setBusy, setModels, insert, model}. */
export function createComposer({ onSend, onStop, signal }) {
  let place = drafts.placeOf(null)
  let busy = false
  const area = h("textarea", { class: "composer-text", rows: "1", "aria-label": "Message", placeholder: "Write to Jarvis", enterkeyhint: isTouch ? "enter" : "send" })
  const models = h("select", { class: "composer-model", "aria-label": "Model", hidden: true })
  const remember = h("button", { type: "button", class: "composer-remember", on: { click: () => setRemember(!remembers()) } })
  const send = iconButton({ label: "Send", icon: "send", class: "composer-send", onClick: () => (busy ? onStop() : submit()) })
  const element = h("form", { class: "composer", "aria-label": "New message", on: { submit: (event) => { event.preventDefault(); submit() } } },
    h("div", { class: "composer-box" }, area, h("div", { class: "composer-row" }, remember, models, h("span", { class: "composer-space" }), send)))

  const keep = debounced(() => drafts.write(place, area.value), KEEP_MS)
  area.addEventListener("input", () => {
    keep()
    changed()
  })
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || isTouch) return
    event.preventDefault()
    submit()
  })
  for (const event of ["pagehide", "visibilitychange"]) addEventListener(event, () => keep.now(), { signal })
  signal.addEventListener("abort", () => keep.now())
  models.addEventListener("change", () => storage.write("model", models.value))

  function changed() {
    area.style.height = "auto"
    area.style.height = `${area.scrollHeight}px`
    send.disabled = !busy && area.value.trim() === ""
  }

  function submit() {
    const text = area.value.trim()
    if (text === "" || busy) return
    setText("")
    keep.cancel()
    drafts.write(place, "")
    onSend(text, { model: model(), saveMemory: remembers() })
  }

  function setText(text) {
    area.value = text
    changed()
  }

  function remembers() {
    return remember.getAttribute("aria-pressed") !== "false"
  }

  function setRemember(on) {
    attribute(remember, "aria-pressed", on)
    attribute(remember, "title", on ? "What you say may become a memory" : "What you say now is not made a memory")
    remember.replaceChildren(icon("memory"), h("span", { text: on ? "Remember" : "Do not remember" }))
  }

  /** The chosen model; null when there is nothing to choose. */
  function model() {
    return models.hidden ? null : models.value
  }

  setRemember(true)
  return {
    element,
    model,
    focus: () => area.focus(),
    /** Which conversation is written to: its draft comes back. */
    setPlace(id) {
      keep.now()
      place = drafts.placeOf(id)
      setText(drafts.read(place))
      requestAnimationFrame(changed)
    },
    /** The conversation got its id: what is being typed stays. */
    movePlace(id) {
      keep.cancel()
      drafts.write(place, "")
      place = drafts.placeOf(id)
      drafts.write(place, area.value)
    },
    setBusy(running, stopping) {
      if (running !== busy) setIconButton(send, running ? { label: "Stop the answer", icon: "stop" } : { label: "Send", icon: "send" })
      busy = running
      send.classList.toggle("stopping", stopping)
      changed()
    },
    setModels(known) {
      const chosen = storage.read("model")
      models.replaceChildren(...known.map(({ id }) => h("option", { value: id, text: id })))
      models.value = known.some(({ id }) => id === chosen) ? chosen : known[0]?.id ?? ""
      models.hidden = known.length < 2
    },
    /** Gives text back to whoever wrote it, before what is there already. */
    insert(text) {
      setText(area.value.trim() === "" ? text : `${text}\n\n${area.value}`)
      keep.now()
      drafts.write(place, area.value)
      area.focus()
    },
  }
}
