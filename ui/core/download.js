// Downloads. A browser follows a link to them by itself, but where people log in a link cannot say who follows it.

import * as login from "../access/login.js"
import { addressOf, download } from "../api/transfer.js"
import { h } from "./dom.js"
import { bytes } from "./format.js"
import { toast, toastError } from "./toast.js"

/** Addresses of files are let go after this, when the browser has long begun to write them. */
const KEPT_MS = 60_000

/** Downloads `what` (of api/transfer.js). `onProgress(bytes)` hears how much has come, where that can be told. */
export async function startDownload(what, { onProgress = () => {}, signal } = {}) {
  if (!login.isRequired) return h("a", { href: addressOf(what), download: "" }).click()
  try {
    save(await download(what, { signal, onProgress }))
    toast("The file is in your downloads.")
  } catch (error) {
    toastError(error)
  }
}

/** What starts a download: a link, or a button that tells how far it is. `children` are what is seen of it. */
export function downloadControl(what, { signal, ...props }, ...children) {
  if (!login.isRequired) return h("a", { href: addressOf(what), download: "", ...props }, children)
  const progress = h("small")
  const control = h("button", { type: "button", ...props, on: { click: async () => {
    control.disabled = true
    await startDownload(what, { signal, onProgress: (count) => { progress.textContent = bytes(count) } })
    control.disabled = false
    progress.textContent = ""
  } } }, children, progress)
  return control
}

function save({ blob, name }) {
  const address = URL.createObjectURL(blob)
  h("a", { href: address, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS)
}
