// What a person owns: bring it in, take it out, erase it.

import { page } from "../core/page.js"
import { eraseSection } from "./erase.js"
import { exportSection } from "./export.js"
import { importSection } from "./import.js"
import { storageSection } from "./storage.js"

export async function mount(root, { signal, setTitle }) {
  setTitle("Your data")
  const { body } = page(root, { title: "Your data" })
  const storage = storageSection({ signal })
  body.append(storage.element, importSection({ signal, onDone: storage.load }), exportSection({ signal }), eraseSection())
  storage.load()
}
