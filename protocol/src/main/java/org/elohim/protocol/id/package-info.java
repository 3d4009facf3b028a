/// Who and what: the ids of nodes, devices and documents, their text form and their order.
@NullMarked
package org.elohim.protocol.id;

import org.jspecify.annotations.NullMarked;
