// The network between browser and server: it can break, for all connections at once, and be mended.

import { connect, createServer } from "node:net"

/** {base, cut(), mend(), close()}: an address that leads to `target`'s port, whatever that is by then. */
export async function startWire(target) {
  const open = new Set()
  let whole = true
  const server = createServer((near) => {
    if (!whole) return near.destroy()
    const far = connect(target.port, "127.0.0.1")
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from)
      from.on("error", () => {})
      from.on("close", () => { open.delete(from); to.destroy() })
      from.pipe(to)
    }
  })
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve) })
  const cut = () => {
    whole = false
    for (const socket of open) socket.destroy()
  }
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    cut,
    mend: () => { whole = true },
    close: () => { cut(); server.close() },
  }
}
