// What was typed and not sent, for each conversation and each message that is being edited.

import * as storage from "../core/storage.js"

const NEW = "new"

/** The place of a conversation's draft; null is the new conversation. */
export const placeOf = (conversationId) => `draft.${conversationId ?? NEW}`

export const placeOfEdit = (messageId) => `draft.edit.${messageId}`

export const read = (place) => storage.read(place) ?? ""

export const write = (place, text) => storage.write(place, text === "" ? null : text)
