package org.elohim.tests.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// A network namespace and a mount namespace without names.
///
/// Invariants: it is gone with the last process in it; the process that keeps it open reads a pipe
/// that the system closes when this JVM ends, however it ends.
final class Space implements AutoCloseable {
    // Says that it is there, then waits for the end of the pipe.
    private static final List<String> KEEPER = List.of("sh", "-c", "echo; exec cat >/dev/null");

    private final Process keeper;
    private final List<String> entrance;

    private Space(Process keeper, List<String> entrance) {
        this.keeper = keeper;
        this.entrance = entrance;
    }

    /// How one comes to namespaces of one's own.
    enum Privilege {
        /// By being root.
        ROOT("unshare --net --mount", "--net --mount"),
        /// By being root in a user namespace.
        USER(
                "unshare --map-root-user --net --mount",
                "--user --preserve-credentials --net --mount");

        private final String opening;
        private final String entering;

        Privilege(String opening, String entering) {
            this.opening = opening;
            this.entering = entering;
        }

        List<String> opening() {
            return List.of(opening.split(" ", -1));
        }

        List<String> entering() {
            return List.of(entering.split(" ", -1));
        }

        /// What is allowed here; the reason in words where nothing is.
        static Privilege here() {
            for (Privilege each : values()) {
                if (Tool.works(with(each.opening(), "true"))) {
                    return each;
                }
            }
            throw new IllegalStateException(
                    "this machine lets neither this user nor root make network namespaces: run as"
                            + " root, or allow user namespaces (sysctl user.max_user_namespaces, on"
                            + " Debian and Ubuntu also kernel.unprivileged_userns_clone=1 or"
                            + " kernel.apparmor_restrict_unprivileged_userns=0)");
        }
    }

    static Space open(Privilege privilege) {
        return keep(privilege.opening(), privilege);
    }

    /// One more, which whoever is root in this one may do everything with.
    Space inner(Privilege privilege) {
        return keep(with(entrance, "unshare", "--net", "--mount"), privilege);
    }

    private static Space keep(List<String> opening, Privilege privilege) {
        try {
            Process keeper =
                    new ProcessBuilder(with(opening, KEEPER))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            if (keeper.getInputStream().read() < 0) {
                throw new IllegalStateException("no namespaces by " + opening);
            }
            List<String> entrance = new ArrayList<>();
            entrance.addAll(List.of("nsenter", "--target", Long.toString(keeper.pid())));
            entrance.addAll(privilege.entering());
            return new Space(keeper, List.copyOf(entrance));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    long pid() {
        return keeper.pid();
    }

    /// The command that does this inside; it becomes the process that is started.
    List<String> enter(List<String> command) {
        return with(entrance, command);
    }

    void run(String... command) {
        Tool.run(enter(List.of(command)), "");
    }

    /// Commands of `ip`, one a line.
    void ip(String commands) {
        Tool.run(enter(List.of("ip", "-batch", "-")), commands);
    }

    private static List<String> with(List<String> command, String... more) {
        return with(command, List.of(more));
    }

    private static List<String> with(List<String> command, List<String> more) {
        List<String> all = new ArrayList<>(command);
        all.addAll(more);
        return all;
    }

    @Override
    public void close() {
        keeper.destroyForcibly();
    }
}
