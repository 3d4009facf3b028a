// Shows a page to a headless Chromium and waits for what the page says.
//
// Nothing but loopback is ever reached: the browser finds no other host.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const HERE = dirname(fileURLToPath(import.meta.url))
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]
const PAGE = '<!doctype html><meta charset="utf-8"><title>app</title><script type="module" src="/page.js"></script>'

const bundle = async () => {
  const made = await build({
    entryPoints: [join(HERE, "page.mjs")], bundle: true, format: "esm", platform: "browser", write: false,
  })
  return made.outputFiles[0].contents
}

const serve = async (script, spoken) => {
  const server = createServer(async (request, response) => {
    if (request.method === "POST" && request.url === "/outcome") {
      let body = ""
      for await (const part of request) body += part
      spoken(JSON.parse(body))
      response.end()
    } else if (request.url === "/page.js") {
      response.setHeader("Content-Type", "text/javascript").end(script)
    } else if (request.url === "/") {
      response.setHeader("Content-Type", "text/html").end(PAGE)
    } else {
      response.writeHead(404).end()
    }
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}

const open = async (address, profile) => {
  for (const program of PROGRAMS) {
    const browser = spawn(program, [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${profile}`,
      "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-default-apps", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      address,
    ], { stdio: ["ignore", "ignore", "pipe"] })
    browser.words = ""
    browser.stderr.on("data", part => { browser.words = (browser.words + part).slice(-4_000) })
    const started = await Promise.race([
      once(browser, "spawn").then(() => true),
      once(browser, "error").then(([error]) => error.code === "ENOENT" ? false : Promise.reject(error)),
    ])
    if (started) return browser
  }
  throw new Error(
    `no browser was found (looked for ${PROGRAMS.join(", ")}): install one, on Debian apt-get install chromium`)
}

export const browse = async (node, document, profile) => {
  let spoken
  const outcome = new Promise(resolve => { spoken = resolve })
  const server = await serve(await bundle(), spoken)
  const told = new URLSearchParams({ node, document })
  const browser = await open(`http://127.0.0.1:${server.address().port}/#${told}`, profile)
  const gone = once(browser, "exit").then(() => ({ error: `the browser ended: ${browser.words}` }))
  try {
    const said = await Promise.race([outcome, gone])
    if (said.error !== undefined) throw new Error(said.error)
    return said
  } finally {
    browser.kill("SIGKILL")
    server.closeAllConnections()
    server.close()
  }
}
