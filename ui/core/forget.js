// What the browser keeps about what somebody does here, and what it keeps anyway.

import * as storage from "./storage.js"

/** The theme is no data about anybody's talks; who logged in last, and whether a tab renews that login, are looked after there. */
const STAYS = ["theme", "login", "refreshing"]

/** Forgets what the browser kept: drafts, recent searches. */
export function forgetHere() {
  for (const name of storage.names("")) if (!STAYS.includes(name)) storage.write(name, null)
}
