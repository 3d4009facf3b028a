// An app in a browser: opens the document it was told, adds to it, and says when the node has that.
import { initializeBase64Wasm } from "@automerge/automerge/slim"
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64"
import { Repo } from "@automerge/automerge-repo/slim"
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket"

const told = new URLSearchParams(location.hash.slice(1))
const say = outcome => fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) })

try {
  await initializeBase64Wasm(automergeWasmBase64)
  const repo = new Repo({ network: [new WebSocketClientAdapter(told.get("node"))] })
  const handle = await repo.find(told.get("document"))
  const before = JSON.parse(JSON.stringify(handle.doc()))
  handle.change(doc => { doc.page = "from a browser" })
  // The node says what it has once that is on its disk.
  const stored = new Promise(resolve => {
    const look = () => {
      const storage = repo.getStorageIdOfPeer(repo.peers[0])
      const has = storage === undefined ? undefined : handle.getRemoteHeads(storage)
      if (has?.join() === handle.heads().join()) resolve()
    }
    handle.on("remote-heads", look)
    look()
  })
  await stored
  await say({ before, heads: handle.heads(), browser: navigator.userAgent })
} catch (error) {
  await say({ error: String(error?.stack ?? error) })
}
