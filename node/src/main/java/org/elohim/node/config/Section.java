package org.elohim.node.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The sections of the file, in its order.
enum Section {
    NODE("The node itself."),
    SYNC("Documents and how they travel."),
    CLUSTER("The nodes of one family, in one house or several."),
    P2P("Connections to other families."),
    STORAGE("Blobs and their shards."),
    API("What devices, apps and the dashboard connect to."),
    REGISTRY("What this node tells the registry and offers to others.");

    private final String doc;

    Section(String doc) {
        this.doc = doc;
    }

    String doc() {
        return doc;
    }

    static Optional<Section> of(String name) {
        return Arrays.stream(values())
                .filter(section -> section.toString().equals(name))
                .findFirst();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
