// Asks the server as whoever is logged in here, where people log in.

import * as login from "../access/login.js"
import { send } from "./http.js"

/** As `send` of http.js. An access token that is not good any more is exchanged for another one, once. */
export function ask(method, path, options = {}) {
  return asked((headers) => send(method, path, { ...options, headers: { ...options.headers, ...headers } }))
}

/** Asks and answers the JSON. */
export async function request(method, path, options) {
  const response = await ask(method, path, options)
  return response.status === 204 ? null : response.json()
}

/** Runs `run(headers)`, whose headers say who asks; again with others when the server does not know these. */
export async function asked(run) {
  if (!login.isRequired) return run({})
  const token = await login.token()
  try {
    return await run(bearer(token))
  } catch (error) {
    if (!login.isRefused(error)) throw error
    return run(bearer(await login.renew(token)))
  }
}

const bearer = (token) => ({ authorization: `Bearer ${token}` })
