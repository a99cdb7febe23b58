// What the first view costs: what is sent over the wire, and when something is seen.

/** Opens `path` in a fresh page; {requests, bytes, files: [[path, bytes]], firstPaintMs}. Bytes are bodies as sent, packed. */
export async function weigh(page, path) {
  const responses = []
  page.on("response", (response) => responses.push(response))
  await page.goto(path, { waitUntil: "networkidle" })
  const files = await Promise.all(responses.map(async (response) => {
    const { responseBodySize } = await response.request().sizes()
    return [new URL(response.url()).pathname, responseBodySize]
  }))
  const firstPaintMs = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime)
  return { requests: files.length, bytes: files.reduce((sum, [, size]) => sum + size, 0), files, firstPaintMs }
}
