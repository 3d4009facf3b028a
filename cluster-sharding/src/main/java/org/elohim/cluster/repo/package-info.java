/// Clients of automerge-repo, as they are connected to this node.
@NullMarked
package org.elohim.cluster.repo;

import org.jspecify.annotations.NullMarked;
