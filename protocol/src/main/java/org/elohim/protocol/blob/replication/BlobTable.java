package org.elohim.protocol.blob.replication;

import org.elohim.protocol.blob.replication.Replications.Numbered;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Blobs by number and by hash, a hundred bytes each: a node keeps millions of them in memory, and
/// next to nothing ever happens to most. Whoever asks for one has it made.
///
/// Invariants: no page is empty, and their numbers ascend; what was given out by [#frozen] never
/// changes.
final class BlobTable {
    // Two that have become so small together go into one.
    private static final int ROWS_FEW = BlobPage.ROWS_MAX / 2;

    private final NodeId self;
    private final Packing packing = new Packing();
    private final List<BlobPage> pages = new ArrayList<>();
    private final HashIndex index = new HashIndex();
    private final Map<Stage, Integer> counts = new EnumMap<>(Stage.class);
    private int size;

    BlobTable(NodeId self) {
        this.self = self;
    }

    private BlobRows rows() {
        return new BlobRows(self, pages, packing.nodes());
    }

    /// All as they are now, for somebody who reads while they change.
    BlobRows frozen() {
        pages.forEach(BlobPage::share);
        return new BlobRows(self, List.copyOf(pages), packing.nodes());
    }

    int size() {
        return size;
    }

    int count(Stage stage) {
        return counts.getOrDefault(stage, 0);
    }

    OptionalLong first(Stage stage) {
        if (count(stage) > 0) {
            for (BlobPage page : pages) {
                for (int row = 0; row < page.size(); row++) {
                    if (page.stage(row) == stage) {
                        return OptionalLong.of(page.number(row));
                    }
                }
            }
        }
        return OptionalLong.empty();
    }

    /// Its number, or [HashIndex#ABSENT].
    long number(ContentHash blob) {
        return index.find(blob, number -> isAt(number, blob));
    }

    private boolean isAt(long number, ContentHash blob) {
        BlobPage page = pages.get(rows().pageOf(number));
        return page.isAt(page.row(number), blob);
    }

    @Nullable BlobReplication get(long number) {
        if (pages.isEmpty()) {
            return null;
        }
        BlobRows rows = rows();
        BlobPage page = pages.get(rows.pageOf(number));
        int row = page.row(number);
        return row < 0 ? null : rows.blob(page, row);
    }

    List<Numbered> after(long number, int limit) {
        return rows().after(number, limit);
    }

    BlobRows all() {
        return rows();
    }

    /// In place of what was known of this blob under this number, if anything was.
    void put(long number, BlobReplication blob) {
        Shape shape = packing.shape(blob);
        byte[] rest = packing.rest(blob, shape);
        int at = pages.isEmpty() ? begin(0) : rows().pageOf(number);
        int row = pages.get(at).row(number);
        if (row >= 0) {
            BlobPage page = writable(at);
            if (!page.isAt(row, blob.blob())) {
                throw new IllegalStateException("two blobs have the number " + number);
            }
            counts.merge(page.stage(row), -1, Integer::sum);
            page.set(row, number, blob, shape, rest);
        } else {
            insert(at, number, blob, shape, rest);
            index.add(blob.blob(), number);
            size++;
        }
        counts.merge(blob.stage(), 1, Integer::sum);
    }

    private void insert(int near, long number, BlobReplication blob, Shape shape, byte[] rest) {
        int at = near;
        if (pages.get(at).isFull()) {
            at = split(at, number);
        }
        BlobPage page = writable(at);
        int row = -page.row(number) - 1;
        page.open(row);
        page.set(row, number, blob, shape, rest);
    }

    // Numbers grow, so as a rule a page that is full stays so.
    private int split(int at, long number) {
        BlobPage full = pages.get(at);
        if (at == pages.size() - 1 && number > full.number(full.size() - 1)) {
            return begin(at + 1);
        }
        pages.set(at, full.firstHalf());
        pages.add(at + 1, full.secondHalf());
        return rows().pageOf(number);
    }

    private int begin(int at) {
        pages.add(at, new BlobPage());
        return at;
    }

    private BlobPage writable(int at) {
        BlobPage page = pages.get(at);
        if (page.isShared()) {
            page = page.copy();
            pages.set(at, page);
        }
        return page;
    }

    /// One that is there.
    void remove(long number, BlobReplication blob) {
        int at = rows().pageOf(number);
        BlobPage page = writable(at);
        int row = page.row(number);
        index.remove(blob.blob(), number);
        counts.merge(page.stage(row), -1, Integer::sum);
        size--;
        page.remove(row);
        if (page.size() == 0) {
            pages.remove(at);
        } else {
            joinAround(at);
        }
    }

    private void joinAround(int at) {
        if (at + 1 < pages.size() && areFew(at)) {
            join(at);
        } else if (at > 0 && areFew(at - 1)) {
            join(at - 1);
        }
    }

    private boolean areFew(int first) {
        return pages.get(first).size() + pages.get(first + 1).size() <= ROWS_FEW;
    }

    private void join(int first) {
        pages.set(first, pages.get(first).joinedBy(pages.get(first + 1)));
        pages.remove(first + 1);
    }
}
