// Clients of automerge-repo as npm has them, and what is measured of them.
import { readFileSync } from "node:fs"
import * as A from "@automerge/automerge"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketClientAdapter, WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket"
import { WebSocketServer } from "ws"

// Linux counts a process's time in these.
const TICKS_PER_SECOND = 100
// Characters that stand for themselves, so that each is known again by whoever it reaches.
const FIRST_CODE = 0xe000
export const CODES = 6_400

export const pause = millis => new Promise(resolve => setTimeout(resolve, millis))

let made = 0
export const client = url => new Repo({ network: [new WebSocketClientAdapter(url)], peerId: `client-${process.pid}-${++made}` })

// A client that others may connect with, where there is no server.
export const listening = async () => {
  const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 })
  await new Promise(resolve => sockets.on("listening", resolve))
  const repo = new Repo({ network: [new WebSocketServerAdapter(sockets)], peerId: `client-${process.pid}-0` })
  return { url: `ws://127.0.0.1:${sockets.address().port}`, create: value => repo.create(value) }
}

// Whether the server has said that it has all that the client has.
const isAcknowledged = (repo, handle) => {
  const storage = repo.getStorageIdOfPeer(repo.peers[0])
  const theirs = storage === undefined ? undefined : handle.getRemoteHeads(storage)
  return theirs !== undefined && handle.heads().every(head => theirs.includes(head))
}

export const acknowledged = (repo, handle) => new Promise(resolve => {
  const look = () => {
    if (!isAcknowledged(repo, handle)) return
    handle.off("remote-heads", look)
    resolve()
  }
  handle.on("remote-heads", look)
  look()
})

export const percentile = (values, percent) => {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * percent / 100))]
}

// What a server and these clients take of a core, from now until it is asked.
export const cost = server => {
  const from = { server: serverMillis(server), clients: process.cpuUsage(), at: performance.now() }
  return () => {
    const { user, system } = process.cpuUsage(from.clients)
    const seconds = (performance.now() - from.at) / 1_000
    const serverCpu = serverMillis(server) - from.server
    return {
      server_cpu_ms: serverCpu,
      server_cpu_percent: Math.round(serverCpu / seconds / 10),
      client_cpu_percent: Math.round((user + system) / 1_000 / seconds / 10),
    }
  }
}

const serverMillis = pid => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  // The name of the program stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 1_000 / TICKS_PER_SECOND
}

// One text that some write and some watch, with the time from each character's change until a watcher has it.
export class Board {
  #sentAt = new Array(CODES).fill(0)
  #next = 0
  #writes = false
  latencies = []
  deliveries = 0

  static async of(url) {
    const board = new Board()
    board.owner = client(url)
    board.handle = board.owner.create({ text: "" })
    await acknowledged(board.owner, board.handle)
    return board
  }

  async join(url, { watches }) {
    const repo = client(url)
    while (repo.peers.length === 0) await pause(5)
    const handle = await repo.find(this.handle.documentId)
    if (watches) handle.on("change", change => this.#seen(change))
    return { repo, handle, watches }
  }

  write(handle) {
    const code = this.#next++ % CODES
    const { text } = handle.doc()
    const at = Math.floor(Math.random() * (text.length + 1))
    const character = String.fromCodePoint(FIRST_CODE + code)
    this.#sentAt[code] = performance.now()
    this.#writes = true
    handle.change(doc => A.splice(doc, ["text"], at, 0, character))
    this.#writes = false
  }

  // Also the writer's own change comes this way, before it has been made; it is no delivery.
  #seen({ patches }) {
    if (this.#writes) return
    const now = performance.now()
    for (const patch of patches) {
      if (patch.action !== "splice" || typeof patch.value !== "string") continue
      for (const character of patch.value) {
        this.latencies.push(now - this.#sentAt[character.codePointAt(0) - FIRST_CODE])
        this.deliveries++
      }
    }
  }

  forget() {
    this.latencies = []
    this.deliveries = 0
  }

  written() {
    return this.#next
  }
}
