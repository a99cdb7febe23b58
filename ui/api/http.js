// One way to ask the server. Every failure is an ApiError whose message can be shown as it is.

import { href } from "../core/router.js"

export class ApiError extends Error {
  /** `status` is 0 and `code` "unreachable" when no answer came at all. */
  constructor(message, { status = 0, code = "unreachable", field = null, requestId = null, retryAfter = null } = {}) {
    super(message)
    this.name = "ApiError"
    Object.assign(this, { status, code, field, requestId, retryAfter })
  }

  /** Whether the same request may well succeed later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** The address of an API path with its query; null, undefined and "" are left out. */
export function address(path, query = {}) {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value != null && value !== "") parameters.set(name, value)
  }
  const text = parameters.toString()
  return href(path) + (text && `?${text}`)
}

/**
 * Asks and answers the response as it comes; fails when it is no success and none of the statuses `also`. `lasting` requests
 * go on when the page is left.
 */
export async function send(method, path, { query, body, headers = {}, signal, also = [], lasting = false } = {}) {
  const request = { method, headers: { accept: "application/json", ...headers }, signal, cache: "no-store", keepalive: lasting }
  if (body !== undefined) {
    request.headers["content-type"] ??= "application/json"
    request.body = request.headers["content-type"] === "application/json" ? JSON.stringify(body) : body
  }
  let response
  try {
    response = await fetch(address(path, query), request)
  } catch (error) {
    if (error.name === "AbortError") throw error
    throw new ApiError("Jarvis cannot be reached; check that it runs and that you are connected")
  }
  if (!response.ok && !also.includes(response.status)) throw await failure(response)
  return response
}

async function failure(response) {
  return errorOf(response.status, await response.json().catch(() => ({})), (name) => response.headers.get(name))
}

/** What an answer that is no success says; `header(name)` reads its headers. */
export function errorOf(status, { error }, header) {
  const message = error?.message ?? `the server answered with status ${status}; try again`
  return new ApiError(message, {
    status, code: error?.code ?? "unknown", field: error?.details?.field ?? null,
    requestId: error?.request_id ?? header("x-request-id"), retryAfter: Number(header("retry-after")) || null,
  })
}
