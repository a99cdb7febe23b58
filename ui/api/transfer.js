// What goes in and out as files.

import { ask, asked, request } from "./client.js"
import { address, ApiError, errorOf } from "./http.js"

const TYPES = { jsonl: "application/x-ndjson", ndjson: "application/x-ndjson", json: "application/json", zip: "application/zip" }

/** What can be downloaded: {path, query}. */
export const everything = () => ({ path: "/api/export" })

/** One conversation; `format` is "markdown" or "json", `all` takes every branch. */
export const oneConversation = (id, format, all) => ({ path: `/api/chat/conversation/${id}/export`, query: { format, all: all || null } })

/** Where a browser downloads it from by itself. */
export const addressOf = ({ path, query }) => address(path, query)

/** Reads a download as who is logged in; {blob, name}. `onProgress(bytes)` hears how much has come. */
export async function download({ path, query }, { onProgress, signal }) {
  const response = await ask("GET", path, { query, signal, headers: { accept: "*/*" } })
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "jarvis"
  let bytes = 0
  const counted = response.body.pipeThrough(new TransformStream({
    transform(piece, out) {
      bytes += piece.byteLength
      onProgress(bytes)
      out.enqueue(piece)
    },
  }))
  const blob = await new Response(counted, { headers: { "content-type": response.headers.get("content-type") } }).blob()
  return { blob, name }
}

/** Erases everything for good and answers the receipt. */
export const eraseEverything = () => request("DELETE", "/api/me/data", { body: { confirm: "erase everything" } })

/**
 * Sends a file to be imported; answers the report. `onProgress(share)` hears how much of it was sent, 0 to 1: fetch cannot
 * tell that, so this is an XMLHttpRequest.
 */
export function importFile(file, options) {
  return asked((headers) => sendFile(file, headers, options))
}

function sendFile(file, headers, { onProgress, signal }) {
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
    for (const [name, value] of Object.entries(headers)) sending.setRequestHeader(name, value)
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
