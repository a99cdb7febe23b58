// What can be done with a conversation.

import * as conversations from "../api/conversations.js"
import { oneConversation } from "../api/transfer.js"
import { field } from "../core/controls.js"
import { confirmDialog, formDialog } from "../core/dialog.js"
import { h } from "../core/dom.js"
import { startDownload } from "../core/download.js"
import { counted } from "../core/format.js"
import { openMenu } from "../core/menu.js"
import { toast, toastError } from "../core/toast.js"
import * as list from "./conversations.js"

const TOLD = { archived: "Archived", deleted: "Moved to the bin", open: "Brought back" }

/** Opens the menu of a conversation at `anchor`. */
export function conversationMenu(conversation, anchor) {
  const { status } = conversation
  openMenu(anchor, [
    { label: "Rename", icon: "edit", run: () => rename(conversation) },
    status === "open" && { label: "Archive", icon: "archive", run: () => move(conversation, "archived") },
    status === "archived" && { label: "Bring back from the archive", icon: "restore", run: () => move(conversation, "open") },
    { label: "Export as Markdown", icon: "download", run: () => startDownload(oneConversation(conversation.id, "markdown")) },
    status === "deleted" ? { label: "Restore from the bin", icon: "restore", run: () => move(conversation, "open") }
      : { label: "Move to the bin", icon: "bin", run: () => move(conversation, "deleted") },
    status === "deleted" && { label: "Erase for good", icon: "close", danger: true, run: () => erase(conversation) },
  ])
}

function rename(conversation) {
  const title = h("input", { class: "input", required: true, maxlength: "200", autocomplete: "off", value: conversation.title })
  return formDialog({
    title: "Rename the conversation", class: "narrow", fields: [field({ label: "Title", control: title })],
    save: async () => list.told(await conversations.patch(conversation.id, { title: title.value.trim() })),
  })
}

/** Changes a conversation's status and offers to undo it. */
export async function move(conversation, status) {
  const before = conversation.status
  try {
    list.told(await conversations.patch(conversation.id, { status }))
    toast(`${TOLD[status]}: ${conversation.title || "Untitled"}`, { about: conversation.id, action: { label: "Undo", run: () => undo(conversation.id, before) } })
  } catch (error) {
    toastError(error)
  }
}

async function undo(id, status) {
  try {
    list.told(await conversations.patch(id, { status }))
  } catch (error) {
    toastError(error)
  }
}

function erase(conversation) {
  return confirmDialog({
    title: "Erase this conversation for good?",
    text: `“${conversation.title || "Untitled"}” with ${counted(conversation.message_count, "message")}, and the memories that came from it alone. This cannot be undone.`,
    confirmLabel: "Erase for good",
    run: async () => {
      const receipt = await conversations.erase(conversation.id)
      list.erased(conversation.id)
      toast(`Erased: ${counted(receipt.deleted_messages, "message")}, ${counted(receipt.deleted_memories, "memory", "memories")}.`, { about: conversation.id })
      return true
    },
  })
}
