// Records what Automerge and automerge-repo say, as the README beside this file tells.
import * as A from "@automerge/automerge"
import { Repo, cbor, encodeHeads, generateAutomergeUrl, parseAutomergeUrl } from "@automerge/automerge-repo"
import { WebSocketClientAdapter, WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket"
import { mkdirSync, writeFileSync } from "node:fs"
import { WebSocketServer } from "ws"

const hex = bytes => Buffer.from(bytes).toString("hex")
const file = (name, lines) => writeFileSync(name, lines.join("\n") + "\n")
const hashOf = change => A.decodeChange(change).hash
for (const folder of ["messages", "filters", "frames"]) mkdirSync(folder, { recursive: true })

// Sync messages, as decodeSyncMessage understands them.
const message = (name, bytes) => {
  const said = A.decodeSyncMessage(bytes)
  file(`messages/${name}.txt`, [
    `message ${hex(bytes)}`,
    ...said.heads.map(hash => `head ${hash}`),
    ...said.need.map(hash => `need ${hash}`),
    ...said.have.flatMap(have => [
      `have ${hex(have.bloom)}`, ...have.lastSync.map(hash => `lastSync ${hash}`)]),
    ...said.changes.flatMap(change => [`change ${hex(change)}`, `hash ${hashOf(change)}`]),
  ])
}
// As this node speaks: to who sends no flags, Automerge says nothing of version 2.
const FLAGS = "020284"
const withoutFlags = bytes => {
  if (!hex(bytes).endsWith(FLAGS)) throw new Error("other flags: " + hex(bytes))
  return bytes.slice(0, bytes.length - FLAGS.length / 2)
}
const edit = (doc, key, value) => A.change(doc, { time: 0 }, d => { d[key] = value })
let ana = A.init({ actor: "aa".repeat(16) })
let bob = A.init({ actor: "bb".repeat(16) })
const talk = label => {
  let anaState = A.initSyncState(), bobState = A.initSyncState()
  for (let round = 0, quiet = 0; quiet < 2; round++) {
    quiet = 0
    const says = (doc, state, who) => {
      const [next, bytes] = A.generateSyncMessage(doc, state)
      if (bytes === null) quiet++
      else message(`${label}-${round}-${who}`, bytes)
      return [next, bytes]
    }
    let bytes
    ;[anaState, bytes] = says(ana, anaState, "ana")
    if (bytes !== null) [bob, bobState] = A.receiveSyncMessage(bob, bobState, withoutFlags(bytes))
    ;[bobState, bytes] = says(bob, bobState, "bob")
    if (bytes !== null) [ana, anaState] = A.receiveSyncMessage(ana, anaState, withoutFlags(bytes))
  }
}
ana = edit(edit(ana, "title", "house"), "rooms", 3)
talk("from-empty")
for (let i = 0; i < 12; i++) ana = edit(ana, "a" + i, i)
for (let i = 0; i < 9; i++) bob = edit(bob, "b" + i, i)
talk("apart")
// With the flags, who lacks all is sent a document in one chunk.
let [greeting, toNew] = [A.generateSyncMessage(A.init(), A.initSyncState())[1], A.initSyncState()]
;[ana, toNew] = A.receiveSyncMessage(ana, toNew, greeting)
file("messages/version-2.txt", [`message ${hex(A.generateSyncMessage(ana, toNew)[1])}`])
// Bob remembers what ana has lost.
let remembering = A.initSyncState()
remembering = { ...remembering, sharedHeads: A.getHeads(bob) }
message("remembering-bob", A.generateSyncMessage(bob, remembering)[1])
let lost = A.init({ actor: "cc".repeat(16) })
let lostState = A.initSyncState()
lost = edit(lost, "x", 1)
;[lost, lostState] = A.receiveSyncMessage(lost, lostState, A.generateSyncMessage(bob, remembering)[1])
message("reset-ana", A.generateSyncMessage(lost, lostState)[1])

// Bloom filters over known hashes.
for (const count of [1, 2, 3, 7, 40, 200]) {
  let doc = A.init({ actor: "dd".repeat(16) })
  for (let i = 0; i < count; i++) doc = edit(doc, "n", i)
  const said = A.decodeSyncMessage(A.generateSyncMessage(doc, A.initSyncState())[1])
  file(`filters/${count}.txt`, [
    `filter ${hex(said.have[0].bloom)}`, ...A.getAllChanges(doc).map(c => `hash ${hashOf(c)}`)])
}

// Document ids and heads in their text form.
const ids = Array.from({ length: 20 }, () => parseAutomergeUrl(generateAutomergeUrl()))
file("ids.txt", ids.map(id => `${id.documentId} ${hex(id.binaryDocumentId)}`))
file("heads.txt", A.getHeads(ana).concat(hashOf(A.getAllChanges(bob)[0])).map(
  head => `${encodeHeads([head])[0]} ${head}`))

// Frames, as a client and a server of automerge-repo send them; the first of each kind and side.
const seen = new Set()
const record = (side, adapter) => {
  const send = adapter.send.bind(adapter)
  adapter.send = said => {
    const name = `${side}-${said.type}`
    if (!seen.has(name)) {
      seen.add(name)
      file(`frames/${name}.hex`, [hex(cbor.encode(said))])
    }
    return send(said)
  }
  return adapter
}
const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 })
await new Promise(resolve => sockets.on("listening", resolve))
const server = new Repo({
  network: [record("server", new WebSocketServerAdapter(sockets))],
  peerId: "server", sharePolicy: async () => false, enableRemoteHeadsGossiping: true,
})
const client = name => new Repo({
  network: [record("client", new WebSocketClientAdapter(`ws://127.0.0.1:${sockets.address().port}`))],
  peerId: name, enableRemoteHeadsGossiping: true,
})
const one = client("client-one"), two = client("client-two")
const soon = () => new Promise(resolve => setTimeout(resolve, 700))
one.subscribeToRemotes(["2f1b1a4e-7a3c-4a7d-9a52-6f3f0c8d1e11"])
two.subscribeToRemotes(["2f1b1a4e-7a3c-4a7d-9a52-6f3f0c8d1e11"])
await soon()
const handle = one.create({ title: "house" })
await soon()
const other = await two.find(handle.url)
await soon()
other.change(d => { d.rooms = 3 })
handle.broadcast({ cursor: 7 })
await soon()
await two.find(generateAutomergeUrl()).catch(() => {})
await soon()
const at = Date.UTC(2026, 0, 1)
const head = encodeHeads(A.getHeads(ana))[0]
const plain = {
  "made-error": { type: "error", senderId: "server", targetId: "client-one", message: "unsupported protocol version" },
  "made-leave": { type: "leave", senderId: "client-one" },
  "made-remote-heads-changed": {
    type: "remote-heads-changed", senderId: "server", targetId: "client-one", documentId: ids[0].documentId,
    newHeads: { "2f1b1a4e-7a3c-4a7d-9a52-6f3f0c8d1e11": { heads: [head], timestamp: at } } },
  "made-remote-subscription-change": {
    type: "remote-subscription-change", senderId: "client-one", targetId: "server",
    add: ["2f1b1a4e-7a3c-4a7d-9a52-6f3f0c8d1e11"], remove: [] },
}
for (const [name, said] of Object.entries(plain)) file(`frames/${name}.hex`, [hex(cbor.encode(said))])
process.exit(0)
