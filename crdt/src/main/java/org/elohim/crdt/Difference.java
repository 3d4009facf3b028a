package org.elohim.crdt;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// The edit that makes a document show what it is to show, and nothing more.
///
/// Invariants: what is shown alike already is not touched, whatever stands behind it; in texts and
/// lists only what differs; a counter is counted on, so that others count with it. What two have
/// made of the same document at different places merges.
///
/// Steps of one list or text go from its end to its beginning: so each index means what it meant
/// before.
///
/// Each step names its whole path, so many of them far down cost a multiple of what they say. What
/// would cost more than its bound is written by whole entries of the root instead, and then wins
/// over what others did within these.
public final class Difference {
    /// Of all paths together, as they are sent.
    static final int PATHS_BYTES_MAX = 4 << 20;

    // Its kind, the length of its path, and what there is beside the names of a path.
    private static final int STEP_BYTES = 16;

    private final Edit edit = new Edit();
    private long pathsBytes;

    private Difference() {}

    private static final class TooManySteps extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// The steps from what a document says to what it is to show.
    ///
    /// @param now what the document says
    /// @param wanted a plain value
    /// @throws IllegalArgumentException in words where a document cannot say that
    public static Edit between(Value.Fields now, Value.Fields wanted) {
        Map<String, Value> shown = fieldsOf(Plain.of(now)).entries();
        var difference = new Difference();
        try {
            difference.fields(Path.ROOT, now.entries(), shown, wanted.entries());
            return difference.edit;
        } catch (TooManySteps tooFar) {
            return wholeEntries(shown, wanted.entries());
        }
    }

    private static Edit wholeEntries(Map<String, Value> shown, Map<String, Value> wanted) {
        var edit = new Edit();
        var keys = new TreeSet<>(shown.keySet());
        keys.addAll(wanted.keySet());
        for (String key : keys) {
            Value next = wanted.get(key);
            if (next == null) {
                edit.delete(Path.ROOT.key(key));
            } else if (!next.equals(shown.get(key))) {
                edit.set(Path.ROOT.key(key), Plain.stored(next));
            }
        }
        return edit;
    }

    /// The next step is there.
    private Path step(Path at) {
        pathsBytes += STEP_BYTES;
        for (Path.Step each : at.steps()) {
            pathsBytes +=
                    switch (each) {
                        case Path.Step.Key(var name) -> STEP_BYTES + name.length();
                        case Path.Step.Index _ -> STEP_BYTES;
                    };
        }
        if (pathsBytes > PATHS_BYTES_MAX) {
            throw new TooManySteps();
        }
        return at;
    }

    private static Value.Fields fieldsOf(Value plain) {
        if (plain instanceof Value.Fields fields) {
            return fields;
        }
        throw new IllegalStateException("shown as something else: " + plain.getClass());
    }

    private void fields(
            Path at, Map<String, Value> now, Map<String, Value> shown, Map<String, Value> wanted) {
        // Sorted, so that the same difference gives the same bytes.
        var keys = new TreeSet<>(now.keySet());
        keys.addAll(wanted.keySet());
        for (String key : keys) {
            Value next = wanted.get(key);
            Value before = now.get(key);
            Value seen = shown.get(key);
            if (next == null) {
                edit.delete(step(at.key(key)));
            } else if (before == null || seen == null) {
                edit.set(step(at.key(key)), Plain.stored(next));
            } else {
                value(at.key(key), before, seen, next);
            }
        }
    }

    /// @param shown the plain form of what stands there now
    private void value(Path at, Value now, Value shown, Value wanted) {
        if (now instanceof Value.Fields(var before)
                && shown instanceof Value.Fields(var seen)
                && wanted instanceof Value.Fields(var next)
                && !Plain.isBlob(wanted)) {
            fields(at, before, seen, next);
        } else if (now instanceof Value.Items(var before)
                && shown instanceof Value.Items(var seen)
                && wanted instanceof Value.Items(var next)) {
            items(at, before, seen, next);
        } else if (!shown.equals(wanted)) {
            scalar(at, now, wanted);
        }
    }

    private void scalar(Path at, Value now, Value wanted) {
        if (now instanceof Value.Text(var before, _) && wanted instanceof Value.Text(var next, _)) {
            text(at, before, next);
        } else if (now instanceof Value.Counter(long before)
                && wanted instanceof Value.Int(long next)
                && fits(before, next)) {
            edit.increment(step(at), next - before);
        } else if (wanted instanceof Value.Text(var next, _)) {
            edit.set(step(at), like(now, next));
        } else {
            edit.set(step(at), Plain.stored(wanted));
        }
    }

    /// Steps beyond these may become floats in the library.
    private static boolean fits(long before, long next) {
        long step = next - before;
        return step == (int) step && (next > before) == (step > 0);
    }

    private static Value like(Value now, String text) {
        return switch (now) {
            case Value.Str _ -> new Value.Str(text);
            case Value.Timestamp _ -> Plain.likeTimestamp(text);
            case Value.Binary _ -> Plain.likeBinary(text);
            default -> new Value.Text(text, List.of());
        };
    }

    private void text(Path at, String before, String next) {
        int[] old = before.codePoints().toArray();
        int[] fresh = next.codePoints().toArray();
        for (Hunk hunk : Hunk.between(old, fresh).reversed()) {
            edit.splice(
                    step(at),
                    hunk.from(),
                    hunk.to() - hunk.from(),
                    new String(fresh, hunk.otherFrom(), hunk.otherTo() - hunk.otherFrom()));
        }
    }

    private void items(Path at, List<Value> now, List<Value> shown, List<Value> wanted) {
        Map<String, Integer> names = new HashMap<>();
        int[] old = named(shown, names);
        int[] fresh = named(wanted, names);
        for (Hunk hunk : Hunk.between(old, fresh).reversed()) {
            int gone = hunk.to() - hunk.from();
            int come = hunk.otherTo() - hunk.otherFrom();
            int changed = Math.min(gone, come);
            for (int i = gone - 1; i >= changed; i--) {
                edit.delete(step(at.index(hunk.from() + i)));
            }
            for (int i = come - 1; i >= changed; i--) {
                edit.insert(
                        step(at.index(hunk.from() + changed)),
                        Plain.stored(wanted.get(hunk.otherFrom() + i)));
            }
            // An item that became another is most likely the same one with a change in it.
            for (int i = changed - 1; i >= 0; i--) {
                int index = hunk.from() + i;
                value(
                        at.index(index),
                        now.get(index),
                        shown.get(index),
                        wanted.get(hunk.otherFrom() + i));
            }
        }
    }

    private static int[] named(List<Value> items, Map<String, Integer> names) {
        int[] named = new int[items.size()];
        for (int i = 0; i < named.length; i++) {
            int next = names.size();
            Integer known = names.putIfAbsent(Plain.name(items.get(i)), next);
            named[i] = known == null ? next : known;
        }
        return named;
    }
}
