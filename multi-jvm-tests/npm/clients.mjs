// Apps of automerge-repo, as many as a test wants, in one process: an order per line in, its answer per line out.
//
// Nothing of the protocol is done here: what goes over the wire is the business of the packages as npm has them.
import { createInterface } from "node:readline"
import * as A from "@automerge/automerge"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket"
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"
import { browse } from "./browser.mjs"

// Long enough for a machine that builds something else meanwhile.
const PATIENCE_MILLIS = 30_000
const RETRY_MILLIS = 250

const apps = new Map()
// What nobody awaits, such as a connection that is refused: the adapter throws it from within an event.
const mishaps = []
process.on("uncaughtException", error => mishaps.push(String(error?.message ?? error)))
process.on("unhandledRejection", error => mishaps.push(String(error?.message ?? error)))

const app = name => apps.get(name) ?? fail(`no app is called ${name}`)
const fail = words => { throw new Error(words) }
const handle = (name, id) => app(name).handles.get(id) ?? fail(`${name} has not opened ${id}`)
const follow = (name, opened) => {
  const words = []
  opened.on("ephemeral-message", ({ message }) => words.push(message))
  app(name).handles.set(opened.documentId, opened)
  app(name).heard.set(opened.documentId, words)
}
// Numbers of other languages come as BigInt, and JSON knows none.
const plain = (_, value) => typeof value === "bigint" ? Number(value) : value

const orders = {
  // An app begins, and connects.
  begin(name, url, { directory, gossip = false } = {}) {
    const adapter = new WebSocketClientAdapter(url, RETRY_MILLIS)
    const repo = new Repo({
      network: [adapter],
      storage: directory === undefined ? undefined : new NodeFSStorageAdapter(directory),
      enableRemoteHeadsGossiping: gossip,
      peerId: name,
    })
    apps.set(name, { repo, adapter, url, handles: new Map(), heard: new Map() })
  },
  async end(name) {
    const { adapter, repo } = app(name)
    // What the adapter has put off comes also when it is told to disconnect.
    adapter.connect = () => {}
    if (adapter.socket) adapter.disconnect()
    // Of a document that is not there it would say so, and fail.
    await repo.flush(Object.values(repo.handles).filter(each => each.isReady()).map(each => each.documentId))
    apps.delete(name)
  },
  endAll: () => Promise.all([...apps.keys()].map(orders.end)),
  // The line is gone, and comes again.
  cut(name) {
    app(name).adapter.disconnect()
  },
  mend(name) {
    const { adapter, repo } = app(name)
    adapter.connect(repo.peerId, adapter.peerMetadata)
  },
  peers: name => app(name).repo.peers,
  storageId: name => app(name).repo.storageId(),
  storageOfPeer: name => app(name).repo.peers.map(peer => app(name).repo.getStorageIdOfPeer(peer))[0] ?? null,
  subscribe: (name, storages) => app(name).repo.subscribeToRemotes(storages),
  mishaps: () => mishaps,

  create(name, value) {
    const made = app(name).repo.create(value)
    follow(name, made)
    return made.documentId
  },
  // Resolves to whether it is there, once that is known.
  async find(name, id) {
    try {
      follow(name, await app(name).repo.find(id))
      return true
    } catch (error) {
      if (error.message.includes("unavailable")) return false
      throw error
    }
  },
  read(name, id) {
    const doc = handle(name, id).doc()
    // The counters are told apart from numbers.
    const value = JSON.parse(JSON.stringify(doc, plain))
    const counters = Object.keys(doc).filter(key => doc[key] instanceof A.Counter)
    const marks = typeof doc.text === "string" ? A.marks(doc, ["text"]) : []
    return { value, counters, marks, heads: handle(name, id).heads() }
  },
  // Which heads a storage has, as far as the app knows.
  headsOf: (name, id, storage) => handle(name, id).getRemoteHeads(storage) ?? null,

  set: (name, id, key, value) => handle(name, id).change(doc => { doc[key] = value }),
  count: (name, id, key) => handle(name, id).change(doc => { doc[key] = new A.Counter(0) }),
  add: (name, id, key, by) => handle(name, id).change(doc => doc[key].increment(by)),
  push: (name, id, key, value) => handle(name, id).change(doc => doc[key].push(value)),
  type: (name, id, at, deleted, text) => handle(name, id).change(doc => A.splice(doc, ["text"], at, deleted, text)),
  mark: (name, id, start, end, kind) =>
    handle(name, id).change(doc => A.mark(doc, ["text"], { start, end, expand: "both" }, kind, true)),

  say: (name, id, words) => handle(name, id).broadcast(words),
  heard: (name, id) => app(name).heard.get(id) ?? fail(`${name} has not opened ${id}`),

  // A page in a browser does what browser.mjs tells, and says how it went.
  browse,
}

const answer = async line => {
  const [verb, ...words] = JSON.parse(line)
  let bell
  try {
    const tooLate = new Promise((_, reject) => {
      bell = setTimeout(() => reject(new Error(`${verb} took more than ${PATIENCE_MILLIS} ms`)), PATIENCE_MILLIS)
    })
    const value = await Promise.race([(orders[verb] ?? fail(`no order ${verb}`))(...words), tooLate])
    return { value: value ?? null }
  } catch (error) {
    return { error: String(error?.stack ?? error) }
  } finally {
    clearTimeout(bell)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(line)) + "\n")
}
// Whoever gives the orders has gone.
process.exit(0)
