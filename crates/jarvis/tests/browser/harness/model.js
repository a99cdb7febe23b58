// The server of a language model that speaks OpenAI's protocol, played by the test: it says what the test lets it say,
// when the test lets it.

import { createServer } from "node:http"

const USUAL = "Understood. I will keep that in mind."

/** {url, next(), usual}: `next()` takes the next question, in the order of the calls; others get the usual answer. */
export async function startModel(name = "test-model") {
  const expected = []
  const model = { url: "", usual: USUAL, questions: 0 }
  model.next = () => {
    const answer = new Answer()
    expected.push(answer)
    return answer
  }
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return json(response, 200, { object: "list", data: [{ id: name, object: "model" }] })
    const body = JSON.parse(await text(request))
    model.questions += 1
    const answer = expected.shift()
    if (answer) return answer.take(body, response)
    const usual = new Answer()
    usual.take(body, response)
    await usual.say(...(model.usual.match(/\S+\s*/g) ?? []))
    await usual.end()
  })
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve) })
  // a test that could not start its browser ends nevertheless
  server.unref()
  model.url = `http://127.0.0.1:${server.address().port}/v1`
  model.forget = () => expected.splice(0).forEach((answer) => answer.drop())
  model.close = () => {
    model.forget()
    server.closeAllConnections()
    server.close()
  }
  return model
}

async function text(request) {
  let whole = ""
  for await (const piece of request) whole += piece
  return whole
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
}

/** One answer. Everything waits until the question is there. */
class Answer {
  #taken
  #asked = new Promise((resolve) => { this.#taken = resolve })

  take(body, response) {
    this.response = response
    this.#taken(body)
  }

  /** What was asked: the body of the request. */
  get asked() {
    return this.#asked
  }

  /** The next pieces of text. */
  async say(...pieces) {
    await this.#asked
    for (const content of pieces) this.#event({ delta: { content }, finish_reason: null })
  }

  async end(reason = "stop") {
    await this.#asked
    this.#event({ delta: {}, finish_reason: reason })
    this.response.end("data: [DONE]\n\n")
  }

  /** Says all of it and ends. */
  async whole(content) {
    await this.say(content)
    await this.end()
  }

  /** The connection breaks. */
  async cut() {
    await this.#asked
    this.response.destroy()
  }

  /** No answer but a refusal. */
  async refuse(status, message, headers) {
    await this.#asked
    json(this.response, status, { error: { message, type: "error" } }, headers)
  }

  drop() {
    this.response?.destroy()
  }

  #event(choice) {
    if (!this.response.headersSent) this.response.writeHead(200, { "content-type": "text/event-stream" })
    const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "test-model", choices: [{ index: 0, ...choice }] }
    this.response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
}
