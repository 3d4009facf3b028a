// Plays one load against one server and prints what came of it as a line of JSON.
//
// node load.mjs LOAD '{"url": ..., "pid": ..., ...}'
import { Board, acknowledged, client, cost, listening, pause, percentile } from "./clients.mjs"

// What the server keeps of a document is on its disk by then, however slowly it saves.
const SETTLE_MILLIS = 1_000
// Lines, and what runs on both sides, have warmed up by then.
const WARM_UP_MILLIS = 3_000
const QUIET_MILLIS = 15_000
const GIVE_UP_MILLIS = 60_000
// As one who types fast, so that all there is to warm up has been run often.
const EDITS_BEFORE_PER_SECOND = 50

const latency = board => ({
  p50_ms: percentile(board.latencies, 50), p99_ms: percentile(board.latencies, 99), deliveries: board.deliveries,
})

// Waits until everybody has everything, or nothing has come for a while: what is missing then was not delivered.
const delivered = async (board, expected) => {
  let [last, since] = [-1, performance.now()]
  while (board.deliveries < expected() && performance.now() - since < QUIET_MILLIS) {
    if (board.deliveries !== last) [last, since] = [board.deliveries, performance.now()]
    await pause(20)
  }
}

// Each writes so many characters a second, none of them at the moments of another.
const pace = (board, writers, perSecond, millis) => Promise.all(writers.map(async ({ handle }, index) => {
  const gap = 1_000 / perSecond
  const from = performance.now() + gap * index / writers.length
  for (let sent = 0; sent * gap < millis; sent++) {
    await pause(Math.max(0, from + sent * gap - performance.now()))
    board.write(handle)
  }
}))

// One writes and all others read.
const fannedOut = async (board, url, taking, { readers, perSecond, seconds }) => {
  await Promise.all(Array.from({ length: readers }, () => board.join(url, { watches: true })))
  await pace(board, [board], perSecond, WARM_UP_MILLIS)
  await delivered(board, () => board.written() * readers)
  board.forget()
  const before = board.written()
  const taken = taking()
  const from = performance.now()
  await pace(board, [board], perSecond, seconds * 1_000)
  await delivered(board, () => (board.written() - before) * readers)
  const took = (performance.now() - from) / 1_000
  return {
    ...latency(board), ...taken(), per_second: board.deliveries / took,
    missing: (board.written() - before) * readers - board.deliveries,
  }
}

// A newcomer gets all of these documents.
const caughtUp = async (url, handles, changes, taking) => {
  const reader = client(url)
  while (reader.peers.length === 0) await pause(5)
  const taken = taking()
  const from = performance.now()
  const found = await Promise.all(handles.map(handle => reader.find(handle.documentId)))
  const whole = () => found.filter(handle => handle.doc().n === changes - 1).length
  while (whole() < handles.length && performance.now() - from < QUIET_MILLIS) await pause(5)
  return { ms: performance.now() - from, ...taken(), missing: handles.length - whole() }
}

const changed = (create, documents, changes) => {
  const handles = Array.from({ length: documents }, () => create({ n: 0 }))
  for (let change = 1; change < changes; change++) {
    for (const handle of handles) handle.change(doc => { doc.n = change })
  }
  return handles
}

const loads = {
  // Documents are changed, and the server killed at once when it has acknowledged all of it.
  async acknowledge({ url, pid, documents }) {
    const repo = client(url)
    const handles = Array.from({ length: documents }, (_, index) => repo.create({ index }))
    await Promise.all(handles.map(handle => acknowledged(repo, handle)))
    await pause(SETTLE_MILLIS)
    for (const handle of handles) handle.change(doc => { doc.changed = true })
    await Promise.all(handles.map(handle => acknowledged(repo, handle)))
    process.kill(pid, "SIGKILL")
    return { documents: handles.map(handle => handle.documentId) }
  },

  // What a newcomer finds of it.
  async verify({ url, documents }) {
    const repo = client(url)
    const found = await Promise.all(documents.map(id =>
      repo.find(id).then(handle => handle.doc().changed === true, () => false)))
    return { lost: found.filter(whole => !whole).length }
  },

  // Two look at one text; the edits of one are further apart than the client's own throttle.
  async spaced({ url, pid, edits, gapMillis, editsBefore = 0 }) {
    const board = await Board.of(url)
    const reader = await board.join(url, { watches: true })
    await pace(board, [board], EDITS_BEFORE_PER_SECOND, editsBefore * 1_000 / EDITS_BEFORE_PER_SECOND)
    await pace(board, [board], 1_000 / gapMillis, WARM_UP_MILLIS)
    await delivered(board, () => board.written())
    board.forget()
    const taken = cost(pid)
    const before = board.written()
    await pace(board, [board], 1_000 / gapMillis, edits * gapMillis)
    await delivered(board, () => board.written() - before)
    return { ...latency(board), ...taken(), edits: board.written() - before, readers: reader.watches ? 1 : 0 }
  },

  // The same two without a server between them: what the clients themselves take.
  async spacedBeside({ edits, gapMillis }) {
    const { url, create } = await listening()
    const board = new Board()
    board.handle = create({ text: "" })
    await board.join(url, { watches: true })
    await pace(board, [board], 1_000 / gapMillis, WARM_UP_MILLIS)
    await delivered(board, () => board.written())
    board.forget()
    const before = board.written()
    await pace(board, [board], 1_000 / gapMillis, edits * gapMillis)
    await delivered(board, () => board.written() - before)
    return { ...latency(board), edits: board.written() - before }
  },

  // Each answers the other's edit with one of its own, as soon as it has come.
  async closed({ url, pid, edits }) {
    const board = await Board.of(url)
    const other = await board.join(url, { watches: false })
    const millis = []
    let turn = { writes: board, reads: other }
    const taken = cost(pid)
    for (let sent = 0; sent < edits; sent++) {
      const come = new Promise(resolve => turn.reads.handle.once("change", resolve))
      const from = performance.now()
      board.write(turn.writes.handle)
      await come
      millis.push(performance.now() - from)
      turn = { writes: turn.reads, reads: turn.writes }
    }
    return { p50_ms: percentile(millis, 50), p99_ms: percentile(millis, 99), ...taken() }
  },

  async fanOut({ url, pid, readers, perSecond, seconds }) {
    const board = await Board.of(url)
    return fannedOut(board, url, () => cost(pid), { readers, perSecond, seconds })
  },

  // The writer is its readers' server: what the clients themselves take.
  async fanOutBeside({ readers, perSecond, seconds }) {
    const { url, create } = await listening()
    const board = new Board()
    board.handle = create({ text: "" })
    return fannedOut(board, url, () => cost(process.pid), { readers, perSecond, seconds })
  },

  async typists({ url, pid, typists, perSecond, seconds }) {
    const board = await Board.of(url)
    const all = await Promise.all(Array.from({ length: typists }, () => board.join(url, { watches: true })))
    await pace(board, all, perSecond, WARM_UP_MILLIS)
    await delivered(board, () => board.written() * (typists - 1))
    board.forget()
    const before = board.written()
    const taken = cost(pid)
    await pace(board, all, perSecond, seconds * 1_000)
    await delivered(board, () => (board.written() - before) * (typists - 1))
    const spent = taken()
    const characters = board.written() - before
    return {
      ...latency(board), ...spent, characters, server_cpu_ms_per_character: spent.server_cpu_ms / characters,
      missing: characters * (typists - 1) - board.deliveries,
    }
  },

  // One writes documents and leaves; another, who has nothing, gets all of them.
  async catchUp({ url, pid, documents, changes }) {
    const writer = client(url)
    const handles = changed(value => writer.create(value), documents, changes)
    await Promise.all(handles.map(handle => acknowledged(writer, handle)))
    await writer.shutdown()
    await pause(SETTLE_MILLIS)
    return caughtUp(url, handles, changes, () => cost(pid))
  },

  // The same where the writer has stayed and is asked itself: what the clients themselves take.
  async catchUpBeside({ documents, changes }) {
    const { url, create } = await listening()
    return caughtUp(url, changed(create, documents, changes), changes, () => cost(process.pid))
  },

  // Documents are made, and everybody leaves.
  async idle({ url, documents, each }) {
    let unacknowledged = 0
    for (let left = documents; left > 0; left -= each) {
      const repo = client(url)
      const handles = Array.from({ length: Math.min(each, left) }, (_, index) => repo.create({ title: `idle ${index}` }))
      let waiting = handles.length
      const all = Promise.all(handles.map(handle => acknowledged(repo, handle).then(() => waiting--)))
      // Of thousands one was seen to be never acknowledged by automerge-repo's server: it is told, and not waited for.
      await Promise.race([all, pause(GIVE_UP_MILLIS)])
      unacknowledged += waiting
      await repo.shutdown()
    }
    if (unacknowledged > 0) console.error(`${unacknowledged} of ${documents} documents were not acknowledged within a minute`)
    return { unacknowledged }
  },
}

const [name, words] = process.argv.slice(2)
// A server that was killed ends lines in ways that the adapter throws from within an event.
if (name === "acknowledge") process.on("uncaughtException", () => {})
console.log(JSON.stringify(await loads[name](JSON.parse(words))))
process.exit(0)
