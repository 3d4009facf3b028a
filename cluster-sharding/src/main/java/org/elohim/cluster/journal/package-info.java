/// The node's journal: schema, serialisation, settings.
@NullMarked
package org.elohim.cluster.journal;

import org.jspecify.annotations.NullMarked;
