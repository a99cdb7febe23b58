import { ask, request } from "./client.js"

const STREAMED = { accept: "text/event-stream" }

export const models = async (signal) => (await request("GET", "/api/chat/models", { signal })).models

/** The answers that are being produced: [{message_id, user_message_id, conversation_id, model}]. */
export const running = async (signal) => (await request("GET", "/api/chat/running", { signal })).running

/** One message, wherever it was said. */
export const message = async (id, signal) => (await request("GET", `/api/chat/message/${id}`, { query: { reach: 0 }, signal })).message

/** Says something; the response streams events. Repeated with the same `key`, it is said once. */
export const send = (body, key, signal) =>
  ask("POST", "/api/chat", { body: { ...body, stream: true }, headers: { ...STREAMED, "idempotency-key": key }, signal })

/** Answers again: `messageId` is an answer, or what a person said; the response streams events. */
export const regenerate = (messageId, body, key, signal) =>
  ask("POST", `/api/chat/regenerate/${messageId}`, { body: { ...body, stream: true }, headers: { ...STREAMED, "idempotency-key": key }, signal })

/** Reads an answer, or the rest of it behind the event `lastId`. */
export const read = (messageId, lastId, signal) =>
  ask("GET", `/api/chat/stream/${messageId}`, { headers: lastId == null ? STREAMED : { ...STREAMED, "last-event-id": lastId }, signal })

export const stop = (messageId) => request("POST", `/api/chat/stop/${messageId}`)
