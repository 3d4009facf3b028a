// The sync server that automerge-repo's own packages make, as their sync server of npm is put together: what the node is
// compared with.
import { WebSocketServer } from "ws"
import { Repo } from "@automerge/automerge-repo"
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket"
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs"

const [directory] = process.argv.slice(2)
const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 })
sockets.on("listening", () => {
  new Repo({
    network: [new WebSocketServerAdapter(sockets)],
    storage: new NodeFSStorageAdapter(directory),
    peerId: "peer",
    sharePolicy: async () => false,
  })
  console.log(`is ready at ws://127.0.0.1:${sockets.address().port}`)
})
