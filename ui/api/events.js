// Server-sent events read from a fetch, which can send what EventSource cannot: a body and headers.

/**
 * The events of a response: {name, id, data (parsed JSON)}. Ends when the connection does. `alive()` is called whenever
 * anything came, comments that only keep the connection open included.
 */
export async function* events(response, alive) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      alive()
      rest += value
      const blocks = rest.split(/\r?\n\r?\n/)
      rest = blocks.pop()
      for (const block of blocks) {
        const event = parse(block)
        if (event) yield event
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

function parse(block) {
  const event = { name: "message", id: null, data: null }
  const data = []
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":")
    if (colon <= 0) continue
    const field = line.slice(0, colon)
    const value = line.slice(colon + 1).replace(/^ /, "")
    if (field === "event") event.name = value
    else if (field === "id") event.id = value
    else if (field === "data") data.push(value)
  }
  if (data.length === 0) return null
  event.data = JSON.parse(data.join("\n"))
  return event
}
