/// Content spread over shards of which any few rebuild it, and the checks that tell a bad shard.
@NullMarked
package org.elohim.protocol.erasure;

import org.jspecify.annotations.NullMarked;
