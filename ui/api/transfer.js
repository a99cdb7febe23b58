// What goes in and out as files.

import { address, ApiError, errorOf, request } from "./client.js"

const TYPES = { jsonl: "application/x-ndjson", ndjson: "application/x-ndjson", json: "application/json", zip: "application/zip" }

/** The address of everything as JSON lines. */
export const exportAddress = () => address("/api/export")

/** The address of one conversation; `format` is "markdown" or "json", `all` takes every branch. */
export const conversationAddress = (id, format, all) => address(`/api/chat/conversation/${id}/export`, { format, all: all || null })

/** Erases everything for good and answers the receipt. */
export const eraseEverything = () => request("DELETE", "/api/me/data", { body: { confirm: "erase everything" } })

/**
 * Sends a file to be imported; answers the report. `onProgress(share)` hears how much of it was sent, 0 to 1: fetch cannot
 * tell that, so this is an XMLHttpRequest.
 */
export function importFile(file, { onProgress, signal }) {
  const sending = new XMLHttpRequest()
  const type = TYPES[file.name.split(".").at(-1).toLowerCase()] ?? "application/octet-stream"
  return new Promise((resolve, reject) => {
    sending.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 1))
    sending.addEventListener("load", () => {
      const answer = parsed(sending.responseText)
      if (sending.status === 200 && answer.imported) resolve(answer)
      else reject(errorOf(sending.status, answer, (name) => sending.getResponseHeader(name)))
    })
    sending.addEventListener("error", () => reject(new ApiError("the file could not be sent; check that Jarvis runs, and send it again: what has arrived is not taken twice")))
    sending.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")))
    signal.addEventListener("abort", () => sending.abort())
    sending.open("POST", address("/api/import"))
    sending.setRequestHeader("content-type", type)
    sending.setRequestHeader("accept", "application/json")
    sending.send(file)
  })
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
