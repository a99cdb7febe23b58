import assert from "node:assert/strict"
import { suite } from "./harness/suite.js"
import { weigh } from "./harness/weight.js"

const test = suite(import.meta.url)
const MOST_BYTES = 150_000

for (const path of ["/", "/search", "/memories", "/stats", "/data"]) {
  test(`the first view is light, at ${path}`, async ({ page }) => {
    const { bytes, files } = await weigh(page, path)
    assert.ok(files.length > 10, "the page's files were not seen")
    const heaviest = files.sort((one, other) => other[1] - one[1]).slice(0, 5).map(([name, size]) => `${name}: ${size}`)
    assert.ok(bytes <= MOST_BYTES, `${bytes} bytes are more than ${MOST_BYTES}; the heaviest: ${heaviest.join(", ")}`)
  })
}
