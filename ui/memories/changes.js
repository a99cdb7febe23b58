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
  toast(pinned ? "Pinned: it is kept until you forget it" : "Not pinned any more")
  return changed
}

/** Asks, then forgets for good. Answers whether it was done. */
export async function forget(memory) {
  const done = await confirmDialog({
    title: "Forget this memory?",
    text: `“${shortened(memory.content)}” will be erased everywhere and never used in an answer again. This cannot be undone.`,
    confirmLabel: "Forget it",
    run: async () => { await memories.forget(memory.id) },
  })
  if (done) {
    told("forgotten", memory.id)
    toast("Forgotten")
  }
  return done
}

const MOST_CHARS = 160

function shortened(text) {
  const characters = [...text]
  return characters.length <= MOST_CHARS ? text : `${characters.slice(0, MOST_CHARS).join("")}…`
}
