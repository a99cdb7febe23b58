// The messages of a conversation as a tree: each names the one it follows, and two that follow the same are branches.
// Messages are plain objects as the API gives them; those that are only here yet have `local: true`. An object stays the
// same for as long as its message is shown, whatever becomes of its id.

const ROOT = ""

export function createTree() {
  const byId = new Map()

  const parentOf = (message) => message.parent_id ?? ROOT
  // made when it is asked for, and again after a change
  let children = null
  const childrenOf = (parentId) => {
    children ??= Map.groupBy([...byId.values()].sort(byPosition), parentOf)
    return children.get(parentId) ?? []
  }

  return {
    get: (id) => byId.get(id) ?? null,
    has: (id) => byId.has(id),
    get size() { return byId.size },

    some: (test) => [...byId.values()].some(test),

    /** Adds a message, or brings the one with its id up to date. Answers the object that stays. */
    put(message) {
      children = null
      const known = byId.get(message.id)
      if (known) return Object.assign(known, message, { local: message.local ?? false })
      byId.set(message.id, message)
      return message
    },

    /** The server gave a message its id: whatever followed the old one follows the new one. */
    rename(from, to) {
      const message = byId.get(from)
      if (!message || from === to) return
      children = null
      byId.delete(from)
      const twin = byId.get(to)
      if (twin) Object.assign(message, twin)
      message.id = to
      byId.set(to, message)
      for (const other of byId.values()) if (other.parent_id === from) other.parent_id = to
    },

    remove(id) {
      children = null
      byId.delete(id)
    },

    /** From the first known message to `leafId`. */
    path(leafId) {
      const path = []
      const seen = new Set()
      for (let message = byId.get(leafId); message && !seen.has(message.id); message = byId.get(message.parent_id)) {
        seen.add(message.id)
        path.push(message)
      }
      return path.reverse()
    },

    /** The message and those beside it, in the order they came. */
    branches: (message) => childrenOf(parentOf(message)),

    /** The end of the branch that went on last below a message. */
    leafBelow(id) {
      let leaf = id
      const seen = new Set()
      while (!seen.has(leaf)) {
        seen.add(leaf)
        const last = childrenOf(leaf).at(-1)
        if (!last) break
        leaf = last.id
      }
      return leaf
    },

    /** The message that was said last; null when there is none. */
    latest: () => [...byId.values()].sort(byPosition).at(-1) ?? null,

    /** The first of those that the server has: older ones are asked for before it. */
    oldest: () => [...byId.values()].filter((message) => !message.local).sort(byPosition)[0] ?? null,
  }
}

/** A message that has come but was not listed yet has no position; ids are made in the order of time. */
function byPosition(one, other) {
  if (one.position != null && other.position != null) return one.position - other.position
  if (Boolean(one.local) !== Boolean(other.local)) return one.local ? 1 : -1
  return one.id < other.id ? -1 : 1
}
