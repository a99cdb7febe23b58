// Takes in files: chosen or dropped, one after the other, each with its progress and its report.

import * as transfer from "../api/transfer.js"
import { button, errorNote } from "../core/controls.js"
import { fill, h } from "../core/dom.js"
import { bytes } from "../core/format.js"
import { icon } from "../core/icons.js"
import { section } from "../core/page.js"
import { report } from "./report.js"
import { formats } from "./formats.js"

const ENDINGS = ".json,.jsonl,.ndjson,.zip,.db,.sqlite,.sqlite3"

/** `onDone` is called when something was taken in. */
export function importSection({ signal, onDone }) {
  const sent = h("ul", { class: "uploads", "aria-label": "Files" })
  const queue = []
  let busy = false

  async function work() {
    if (busy) return
    busy = true
    while (queue.length > 0 && !signal.aborted) await queue.shift()()
    busy = false
  }

  function take(files) {
    for (const file of files) {
      const item = upload(file, { signal, onDone, again: (run) => { queue.push(run); work() } })
      sent.append(item.element)
      queue.push(item.run)
    }
    work()
  }

  return section({
    id: "import", title: "Bring conversations in",
    text: "From ChatGPT, Claude, Open WebUI, LibreChat, OpenConverse, or an export of Jarvis. Sending a file twice does no harm: what is already here is left as it is.",
  }, dropZone(take), sent, formats())
}

/** What the server has read and cannot take, it cannot take the next time either. */
const isHopeless = ({ status }) => [400, 413, 415, 422].includes(status)

function dropZone(take) {
  const input = h("input", { type: "file", multiple: true, accept: ENDINGS, class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" })
  input.addEventListener("change", () => { take([...input.files]); input.value = "" })
  const zone = h("div", { class: "drop" }, icon("upload"), h("p", { text: "Drop files here, or" }),
    button({ label: "Choose files", look: "primary", onClick: () => input.click() }), input,
    h("p", { class: "drop-note", text: "JSON, JSON lines, zip or a database. The zip can stay as you got it." }))
  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return
    event.preventDefault()
    event.dataTransfer.dropEffect = "copy"
    zone.classList.add("over")
  }
  zone.addEventListener("dragenter", over)
  zone.addEventListener("dragover", over)
  zone.addEventListener("dragleave", (event) => { if (!zone.contains(event.relatedTarget)) zone.classList.remove("over") })
  zone.addEventListener("drop", (event) => {
    event.preventDefault()
    zone.classList.remove("over")
    take([...event.dataTransfer.files])
  })
  return zone
}

function upload(file, { signal, onDone, again }) {
  const place = h("div", { class: "upload-state" }, h("p", { class: "page-text", text: "Waiting for the file before" }))
  const element = h("li", { class: "upload" },
    h("p", { class: "upload-name" }, h("strong", { text: file.name }), h("span", { text: bytes(file.size) })), place)
  const run = async () => {
    const stopping = new AbortController()
    const bar = h("progress", { max: "1", value: "0", "aria-label": `Sending ${file.name}` })
    const word = h("span", { role: "status" })
    fill(place, bar, word, button({ label: "Stop", look: "plain", onClick: () => stopping.abort() }))
    const onProgress = (share) => {
      if (share < 1) bar.value = share
      else bar.removeAttribute("value")
      word.textContent = share < 1 ? `${Math.floor(share * 100)} %` : "Sent; Jarvis reads it"
    }
    try {
      fill(place, report(await transfer.importFile(file, { onProgress, signal: AbortSignal.any([signal, stopping.signal]) })))
      onDone()
    } catch (error) {
      if (signal.aborted) return
      if (error.name === "AbortError") fill(place, h("p", { class: "page-text", text: "Stopped. What had arrived is kept; sending the file again completes it." }), button({ label: "Send again", onClick: () => again(run) }))
      else fill(place, errorNote({ error, onRetry: isHopeless(error) ? null : () => again(run) }))
    }
  }
  return { element, run }
}
