// What was done to memories on this page, for whoever shows some: "added", "changed" (the memory), "forgotten" (its id).

import * as memories from "../api/memories.js"
import { confirmDialog } from "../core/dialog.js"
import { emitter } from "../core/emitter.js"
import { toast } from "../core/toast.js"

const changes = emitter()
export const { on, emit: told } = changes

/** Pins or unpins; answers the memory as it is then. */
export async function setPinned(memory, pinned) {
  const changed = await memories.patch(memory.id, { pinned })
  told("changed", changed)
  toast(pinned ? "Pinned: it is kept until you forget it" : "Not pinned any more", { about: memory.id })
  return changed
}

/** Asks, then forgets for good. Answers whether it was done. */
export async function forget(memory) {
  const done = await confirmDialog({
    title: "Forget this memory?",
    text: `“${shortened(memory.content)}” will be erased from what is remembered. This cannot be undone.${rest(memory)}`,
    confirmLabel: "Forget it",
    run: async () => { await memories.forget(memory.id) },
  })
  if (done) {
    told("forgotten", memory.id)
    toast("Forgotten", { about: memory.id })
  }
  return done
}

/** What forgetting does not reach: a memory is gone, the words it was made from are still in their conversation. */
function rest({ source_message_ids: sources }) {
  if (!sources?.length) return ""
  return " What was said stays in its conversation, and an answer may still quote it from there. To be rid of that too, first open the memory, "
    + "follow “Show it in its conversation”, move that conversation to the bin and erase it there; what is remembered from it alone goes with it."
}

const MOST_CHARS = 160

function shortened(text) {
  const characters = [...text]
  return characters.length <= MOST_CHARS ? text : `${characters.slice(0, MOST_CHARS).join("")}…`
}
