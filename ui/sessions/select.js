import { h } from "../core/dom.js"
import * as sessions from "./sessions.js"

/** A choice of session: {element, value() (null for `none`), set(id), onKnown(listener)}. */
export function sessionSelect({ none, signal, label }) {
  const element = h("select", { class: "select", "aria-label": label })
  let listener = () => {}
  const draw = () => {
    const before = element.value
    element.replaceChildren(h("option", { value: "", text: none }), ...sessions.all().map(({ id, name }) => h("option", { value: id, text: name })))
    element.value = sessions.byId(before) ? before : ""
    listener(sessions.all())
  }
  sessions.on("change", draw, signal)
  draw()
  sessions.load().catch(() => {})
  return {
    element,
    value: () => element.value || null,
    set: (id) => { element.value = id && sessions.byId(id) ? id : "" },
    onKnown(heard) {
      listener = heard
      heard(sessions.all())
    },
  }
}
