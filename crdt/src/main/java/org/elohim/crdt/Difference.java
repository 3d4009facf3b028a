package org.elohim.crdt;

import java.util.ArrayList;
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
public final class Difference {
    private final Edit edit = new Edit();

    private Difference() {}

    /// The steps from what a document says to what it is to show.
    ///
    /// @param now what the document says
    /// @param wanted a plain value
    /// @throws IllegalArgumentException in words where a document cannot say that
    public static Edit between(Value.Fields now, Value.Fields wanted) {
        var difference = new Difference();
        difference.fields(
                Path.ROOT, now.entries(), fieldsOf(Plain.of(now)).entries(), wanted.entries());
        return difference.edit;
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
                edit.delete(at.key(key));
            } else if (before == null || seen == null) {
                edit.set(at.key(key), Plain.stored(next));
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
            edit.increment(at, next - before);
        } else if (wanted instanceof Value.Text(var next, _)) {
            edit.set(at, like(now, next));
        } else {
            edit.set(at, Plain.stored(wanted));
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
                    at,
                    hunk.from(),
                    hunk.to() - hunk.from(),
                    new String(fresh, hunk.otherFrom(), hunk.otherTo() - hunk.otherFrom()));
        }
    }

    private void items(Path at, List<Value> now, List<Value> shown, List<Value> wanted) {
        Map<Value, Integer> names = new HashMap<>();
        int[] old = named(shown, names);
        int[] fresh = named(wanted, names);
        for (Hunk hunk : Hunk.between(old, fresh).reversed()) {
            int gone = hunk.to() - hunk.from();
            int come = hunk.otherTo() - hunk.otherFrom();
            int changed = Math.min(gone, come);
            for (int i = gone - 1; i >= changed; i--) {
                edit.delete(at.index(hunk.from() + i));
            }
            for (int i = come - 1; i >= changed; i--) {
                edit.insert(
                        at.index(hunk.from() + changed),
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

    private static int[] named(List<Value> items, Map<Value, Integer> names) {
        var named = new ArrayList<Integer>(items.size());
        for (Value item : items) {
            Integer next = names.size();
            Integer known = names.putIfAbsent(item, next);
            named.add(known == null ? next : known);
        }
        return named.stream().mapToInt(Integer::intValue).toArray();
    }
}
