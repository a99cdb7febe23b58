// The real program, started as a person starts it, with a data directory of its own.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { JARVIS } from "./places.js"

/** A refusal of the model reaches the page at once, and one test's refusals do not close the way for the next. */
const SETTINGS = "[llm]\nattempts = 1\nbreaker_failures = 1000\n"
const LOG_KEPT = 20_000
const running = new Set()
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")))

/** Starts it; `model` (its server's address) answers, or `recall` when there is none. `variables` configure it. */
export async function startServer({ model = null, variables = {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "jarvis-browser-"))
  await writeFile(join(folder, "jarvis.toml"), SETTINGS)
  const server = new Server(folder, model, variables)
  try {
    await server.start()
  } catch (error) {
    await server.remove().catch(() => {})
    throw error
  }
  return server
}

class Server {
  #child = null

  constructor(folder, model, variables) {
    Object.assign(this, { folder, model, variables, port: 0, base: "", log: "" })
  }

  /** Starts it, the second time at the address that it had. */
  async start() {
    const environment = { PATH: process.env.PATH, LOG_LEVEL: "warn", ...(this.model && { OPENAI_BASE_URL: this.model }), ...this.variables }
    const child = spawn(JARVIS, ["serve", "--data-dir", join(this.folder, "data"), "--port", String(this.port), "--config", join(this.folder, "jarvis.toml")],
      { cwd: this.folder, env: environment, stdio: ["ignore", "pipe", "pipe"] })
    this.#child = child
    running.add(child)
    child.once("exit", () => running.delete(child))
    child.stderr.on("data", (piece) => { this.log = (this.log + piece).slice(-LOG_KEPT) })
    const ready = await Promise.race([once(createInterface(child.stdout), "line"), once(child, "exit"), once(child, "error")])
    const base = /^jarvis ready: (\S+)/.exec(ready[0])?.[1]
    if (!base) throw new Error(`${JARVIS} did not start (${ready[0]}):\n${this.log}`)
    this.base = base
    this.port = Number(new URL(base).port)
  }

  /** Ends it as a person does, or with "SIGKILL" as a power cut does. */
  async stop(signal = "SIGTERM") {
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, "exit")
    child.kill(signal)
    await exit
  }

  async remove() {
    await this.stop("SIGKILL")
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Asks the API; answers the JSON, fails on an error. */
  async api(method, path, body, headers = {}) {
    const request = { method, headers: { accept: "application/json", ...headers } }
    if (typeof body === "string") request.body = body
    else if (body !== undefined) Object.assign(request, { body: JSON.stringify(body), headers: { ...request.headers, "content-type": "application/json" } })
    const response = await fetch(this.base + path, request)
    const words = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${words}`)
    return words === "" ? null : JSON.parse(words)
  }

  /** Says something, in a new conversation unless `more` names one; answers the answer. */
  chat(message, more = {}) {
    return this.api("POST", "/api/chat", { message, ...more })
  }

  /** Stores what was said elsewhere: a list of items of an import. */
  import(items) {
    const lines = items.map((item) => JSON.stringify(item)).join("\n")
    return this.api("POST", "/api/import", lines, { "content-type": "application/x-ndjson" })
  }
}
