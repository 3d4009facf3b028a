package org.elohim.bench;

import java.nio.file.Path;

/// What clients of automerge-repo connect with, in a process of its own.
record RepoServer(long pid, String url, Process process) implements AutoCloseable {
    // All documents, and nothing else.
    private static final String SCOPE = "write:reach:private";

    /// A node, started through the launcher as a person would.
    static RepoServer node(Path data) throws Exception {
        NodeUnderLoad node = NodeUnderLoad.start(data);
        return new RepoServer(node.pid(), node.repoAddress(SCOPE), node.process());
    }

    /// Also where it was killed meanwhile.
    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
