/// The closed list of everything that is ever written to the journal, and the serializer that keeps
/// to it.
@NullMarked
package org.elohim.cluster.format;

import org.jspecify.annotations.NullMarked;
