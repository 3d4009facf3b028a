package org.elohim.client.command;

import org.elohim.client.Replica;
import org.elohim.client.store.LocalStore;
import org.elohim.client.store.StoreUnusable;
import org.elohim.crdt.EngineLost;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;

/// `./elohim device`: reads and changes documents of a replica, and syncs it.
public final class DeviceCommand {
    private static final String USAGE =
            """
            Usage: ./elohim device VERB [ARGUMENT...] [--dir DIR] [--json]

              init                  make a replica in DIR
              connect URL           sync with a node from now on: ws://HOST:PORT/device?token=TOKEN
              disconnect URL        forget a node; documents stay on both sides
              new                   a new document; prints its id
              set DOC PATH VALUE    put a value there; VALUE is JSON, or else taken as it is
              unset DOC PATH        take away what stands there
              get DOC [PATH]        what stands there, or the whole document
              ls                    all documents
              conflicts DOC         where two have set a place at once: what is shown, what hidden
              log DOC               its changes, the latest first
              watch [DOC]           keep in sync, and print what changes, until Ctrl-C
              sync                  send and receive all there is, then end
              status                how far the device has come with its nodes
              delete DOC            delete it on all devices and nodes
              restore DOC           bring it back; nodes allow that for 30 days
              blob put FILE         bring a file to a node; prints its name, a hash
              blob get HASH FILE    get it; FILE may be - for the standard output
              blob where HASH       which nodes hold what of it, and how safe it is

            The replica lies in DIR, or in ELOHIM_DEVICE_DIR, or in ~/.elohim-device. PATH is names
            and numbers with / between them: tasks/0/title; tasks/- is behind the last item.

              --json                print JSON
              --string              take VALUE as a string, whatever it looks like
              --offline             do not try to reach a node after a change
              --await TIER          blob put: wait until it is accepted, or durable, which others
                                    hold, too; what was cut off is gone on with by the same command
              --reach LEVEL         blob put: how far it may travel: private, intimate, invited,
                                    local, neighborhood or commons; else as narrow as the token
                                    may write
              --nodes COUNT         blob put: bring it to so many nodes, not to one that tells others
            """;

    private DeviceCommand() {}

    public static void main(String[] arguments) {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(List.of(arguments), System.getenv(), out, err));
    }

    static int run(
            List<String> given, Map<String, String> environment, PrintStream out, PrintStream err) {
        if (given.isEmpty() || given.contains("--help") || given.contains("-h")) {
            out.print(USAGE);
            return given.isEmpty() ? Refused.USAGE : 0;
        }
        try {
            return carryOut(Arguments.parse(given, environment), out, err);
        } catch (Refused refused) {
            err.println("elohim device: " + refused.getMessage());
            return refused.status();
        } catch (StoreUnusable | EngineLost environmental) {
            err.println("elohim device: " + environmental.getMessage());
            return Refused.ENVIRONMENT;
        }
    }

    private static int carryOut(Arguments arguments, PrintStream out, PrintStream err)
            throws Refused {
        var printer = new Printer(out, err, arguments.json());
        String verb = arguments.verb();
        if (verb.equals("init") && arguments.size() == 0) {
            return init(arguments, printer);
        }
        if (!Files.exists(arguments.directory().resolve(LocalStore.FILE_NAME))) {
            throw Refused.usage(
                    "there is no replica in %s; make one with ./elohim device init, or name another directory with --dir"
                            .formatted(arguments.directory()));
        }
        return switch (verb) {
            case "connect", "disconnect", "sync", "status", "watch" ->
                    new NodeVerbs(arguments, printer).carryOut();
            case "blob" -> new BlobVerbs(arguments, printer, out).carryOut();
            default -> new DocumentVerbs(arguments, printer).carryOut();
        };
    }

    private static int init(Arguments arguments, Printer printer) {
        boolean there = Files.exists(arguments.directory().resolve(LocalStore.FILE_NAME));
        try (var replica = Replica.openOffline(arguments.directory())) {
            printer.print(
                    JsonValues.JSON
                            .createObjectNode()
                            .put("device", replica.id().toString())
                            .put("dir", arguments.directory().toString())
                            .put("new", !there),
                    "%s a replica in %s; this device is %s"
                            .formatted(
                                    there ? "There is already" : "Made",
                                    arguments.directory(),
                                    replica.id()));
        }
        return 0;
    }

    static Refused unknown(Arguments arguments) {
        return Refused.usage(
                "'%s' is not how it is used\n%s"
                        .formatted(String.join(" ", arguments.words()), USAGE.strip()));
    }
}
