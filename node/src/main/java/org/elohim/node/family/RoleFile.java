package org.elohim.node.family;

import org.elohim.node.data.DataDirectory;
import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.NodeRole;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What this node is to its family by what it has done, in a file of its own: the configuration
/// tells only what it is to be. A full node that is made an observer stays one here until its
/// family's others hold what it has acknowledged.
///
/// Invariants: `full` is on the disk before a full node takes its first edit.
public final class RoleFile {
    static final String NAME = "role";

    private static final int FILE_BYTES_MAX = 64;

    private final Path directory;
    private final Path file;

    public RoleFile(Path directory) {
        this.directory = directory;
        file = directory.resolve(NAME);
    }

    /// What it was last. Nothing where nobody has said, or nobody can read it: then it may have
    /// taken edits.
    public Optional<NodeRole> read() throws StartFailure {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(NodeRole.parse(SafeFile.read(file, FILE_BYTES_MAX).strip()));
        } catch (IllegalArgumentException damaged) {
            return Optional.empty();
        } catch (IOException failed) {
            throw DataDirectory.unusable(directory, failed);
        }
    }

    /// This node begins as one, or has become one.
    public void write(NodeRole role) throws IOException {
        SafeFile.write(file, role + "\n");
    }
}
