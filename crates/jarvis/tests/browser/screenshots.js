// Takes the pictures of docs/screenshots again. Run as `cargo xtask browser screenshots`.

import { mkdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { DESKTOP, launch, openContext, PHONE } from "./harness/browser.js"
import { example } from "./harness/example.js"
import { startModel } from "./harness/model.js"
import { answers, send } from "./harness/page.js"
import { ROOT } from "./harness/places.js"
import { startServer } from "./harness/server.js"

const FOLDER = join(ROOT, "docs/screenshots")
const MOST_BYTES = 150_000

const QUESTION = "It is Ada's party on Saturday. What should I bake, and what do I need?"
const ANSWER = `A **volcano cake**: she is mad about dinosaurs, and every dinosaur needs a volcano. No hazelnuts, of course; read the label of the chocolate too, it often has traces of them.

| For | You need |
|---|---|
| the mountain | 4 eggs, 200 g flour, 200 g sugar, 50 g cocoa |
| the lava | 300 g raspberries, a little icing sugar |
| the smoke | seven candles |

1. Bake two rounds on Friday evening; they keep overnight.
2. Stack them and cut a crater.
3. Pour the lava just before the children come.

*Bon anniversaire, Ada !*`

const FRENCH = "Qu’est-ce qu’on avait prévu samedi matin à Lyon ?"
const RÉPONSE = `Samedi matin, vous vouliez :

1. flâner dans les **traboules** du Vieux Lyon,
2. monter à **Fourvière** en funiculaire,
3. déjeuner dans un bouchon près de la Saône.

Ada adorera le funiculaire. Pensez-y : la réunion de l’équipe est *jeudi*, pas mardi.`

const [browser, model] = await Promise.all([launch(), startModel("llama3.2")])
const server = await startServer({ model: model.url })

/** Opens a page like `look`, brings it to where `show` leads, and keeps the picture. */
async function shoot(name, look, show) {
  const { context, watch } = await openContext(browser, server.base, look)
  const page = await context.newPage()
  await show(page)
  await page.waitForLoadState("networkidle")
  await page.evaluate(() => document.activeElement?.blur())
  await page.mouse.move(0, 0)
  const path = join(FOLDER, `${name}.png`)
  await page.screenshot({ path, animations: "disabled", caret: "hide" })
  const { size } = await stat(path)
  console.log(`docs/screenshots/${name}.png ${size.toLocaleString("en")} bytes`)
  if (size > MOST_BYTES) throw new Error(`${name}.png has more than ${MOST_BYTES} bytes: show less`)
  if (watch.trouble.length > 0) throw new Error(watch.trouble.join("\n"))
  await context.close()
}

async function ask(page, question, answer) {
  model.next().whole(answer)
  await page.goto("/")
  await send(page, question)
  await answers(page).locator("ol").waitFor()
  await answers(page).getByRole("button", { name: "Copy the answer" }).waitFor()
}

try {
  await mkdir(FOLDER, { recursive: true })
  await server.import(example())
  await shoot("search", { size: DESKTOP }, async (page) => {
    await page.goto("/search?q=Ada%20birthday%20cake&explain=true")
    await page.locator("mark").first().waitFor()
  })
  await shoot("memories", { size: DESKTOP, colorScheme: "dark" }, async (page) => {
    await page.goto("/memories")
    await page.getByText("Ada cannot eat hazelnuts").first().waitFor()
  })
  await shoot("statistics", { size: DESKTOP }, async (page) => {
    await page.goto("/stats")
    await page.locator(".bars rect").first().waitFor()
  })
  await shoot("chat", { size: DESKTOP }, (page) => ask(page, QUESTION, ANSWER))
  await shoot("chat-phone-dark", { size: PHONE, colorScheme: "dark", scale: 2 }, (page) => ask(page, FRENCH, RÉPONSE))
} finally {
  await Promise.all([browser.close(), server.remove()])
  model.close()
}
