/// What a device keeps on its own disk.
@NullMarked
package org.elohim.client.store;

import org.jspecify.annotations.NullMarked;
