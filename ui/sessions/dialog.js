// Sessions: named contexts with a role and goals, which shape the answers of the conversations in them.

import { button, emptyState, errorNote, field, iconButton, spinner } from "../core/controls.js"
import { confirmDialog, formDialog, openDialog } from "../core/dialog.js"
import { fill, h } from "../core/dom.js"
import * as sessions from "./sessions.js"

/** Lists the sessions, to make, change and remove them. */
export function openSessions() {
  const list = h("div", { class: "session-list" }, spinner())
  const over = new AbortController()
  const draw = (known) => fill(list, known.length === 0 ? emptyState({
    icon: "session", title: "No sessions yet",
    text: "A session gathers conversations about one thing: French lessons, a project, a trip. Its role and goals go with every question asked in it.",
  }) : h("ul", null, known.map(row)))
  sessions.on("change", draw, over.signal)
  const read = () => sessions.load().then(draw, (error) => fill(list, errorNote({ error, onRetry: read })))
  read()
  const dialog = openDialog({ title: "Sessions", body: list, actions: () => [button({ label: "New session", icon: "plus", look: "primary", onClick: () => editSession(null) })] })
  dialog.closed.then(() => over.abort())
}

function row(session) {
  return h("li", { class: "session-row" },
    h("div", null, h("p", { class: "session-name", text: session.name }),
      session.role && h("p", { class: "session-fact", text: `Role: ${session.role}` }),
      session.goals && h("p", { class: "session-fact", text: `Goals: ${session.goals}` })),
    iconButton({ label: `Edit ${session.name}`, icon: "edit", onClick: () => editSession(session) }),
    iconButton({ label: `Remove ${session.name}`, icon: "bin", onClick: () => removeSession(session) }))
}

/** Changes a session, or makes one when `session` is null; answers it when it was saved. */
export function editSession(session) {
  const name = h("input", { class: "input", required: true, maxlength: "200", autocomplete: "off", value: session?.name ?? "" })
  const role = h("input", { class: "input", autocomplete: "off", value: session?.role ?? "" })
  const goals = h("textarea", { class: "input", rows: "3", value: session?.goals ?? "" })
  const template = h("textarea", { class: "input code-input", rows: "6", spellcheck: "false", value: session?.template ?? "" })
  return formDialog({
    title: session ? "Edit the session" : "New session",
    fields: [
      field({ label: "Name", control: name }),
      field({ label: "Role", control: role, explanation: "Whom the assistant plays here: “a patient teacher”." }),
      field({ label: "Goals", control: goals, explanation: "What you want to reach: “order food in Lyon”." }),
      h("details", null, h("summary", { text: "System message" }),
        field({ label: "Template", control: template, explanation: "Said to the model instead of the usual system message. {{role}}, {{goals}}, {{name}}, {{date}}, {{user}}, {{memories}}, {{summary}} and {{context}} are filled in." })),
    ],
    save: () => {
      const text = (control) => control.value.trim() || (session ? null : undefined)
      return sessions.save(session?.id ?? null, { name: name.value.trim(), role: text(role), goals: text(goals), template: text(template) })
    },
  })
}

function removeSession(session) {
  return confirmDialog({
    title: `Remove “${session.name}”?`, text: "Its conversations stay; they belong to no session then.",
    confirmLabel: "Remove the session", run: () => sessions.remove(session.id),
  })
}
