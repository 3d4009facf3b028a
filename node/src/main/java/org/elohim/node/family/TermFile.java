package org.elohim.node.family;

import org.elohim.cluster.family.TermDisk;
import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The highest term that this node has ever seen, in a file of its own: a number and the leader's
/// id.
public final class TermFile implements TermDisk {
    static final String NAME = "term";

    private static final int FILE_BYTES_MAX = 256;

    private final Path file;

    public TermFile(Path directory) {
        file = directory.resolve(NAME);
    }

    /// What is on the disk. A damaged one is not passed over: who forgets a term may act in it once
    /// more.
    public Optional<Term> read() throws StartFailure {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        try {
            String[] words = SafeFile.read(file, FILE_BYTES_MAX).strip().split(" ", -1);
            if (words.length != 2) {
                throw new IllegalArgumentException(words.length + " words");
            }
            return Optional.of(new Term(Long.parseLong(words[0]), NodeId.parse(words[1])));
        } catch (IOException | IllegalArgumentException damaged) {
            throw new StartFailure(
                    ExitCode.UNTRUSTED_DATA,
                    "%s is damaged (%s). It holds the highest term of the family's leaders; delete it if another node of the family is running, which then tells it. Nothing was changed."
                            .formatted(file, damaged.getMessage()),
                    damaged);
        }
    }

    @Override
    public void write(Term term) throws IOException {
        SafeFile.write(file, term.number() + " " + term.leader() + "\n");
    }
}
