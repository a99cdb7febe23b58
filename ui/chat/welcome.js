// What a new conversation shows: what this is good for, and which session it belongs to.

import { h, uniqueId } from "../core/dom.js"
import { now as listed } from "../sidebar/conversations.js"
import { sessionSelect } from "../sessions/select.js"

const IDEAS = ["My daughter Ada turns seven on the third of March.", "What do you remember about me?", "Qu’est-ce que je t’ai dit hier ?"]

/** {element, sessionId()}; `onIdea(text)` hears of a suggestion that was chosen. */
export function welcome({ onIdea, signal }) {
  const select = sessionSelect({ none: "No session", signal })
  const id = uniqueId("session")
  select.element.id = id
  const choice = h("div", { class: "welcome-session", hidden: true }, h("label", { for: id, text: "Session" }), select.element)
  select.onKnown((sessions) => {
    choice.hidden = sessions.length === 0
    // whoever looks at the conversations of a session goes on there
    if (select.value() === null) select.set(listed().filter.session_id)
  })
  const element = h("section", { class: "welcome" },
    h("h2", { text: "What is on your mind?" }),
    h("p", { text: "Jarvis keeps your conversations and remembers what matters in them. Tell it something, or ask about what you said before." }),
    h("ul", { class: "ideas", "aria-label": "Suggestions" }, IDEAS.map((text) => h("li", null, h("button", { type: "button", class: "idea", text, on: { click: () => onIdea(text) } })))),
    choice)
  return { element, sessionId: () => select.value() }
}
