/// Machines that are none: network namespaces on a bridge, with all that can go wrong between them.
@NullMarked
package org.elohim.tests.lab;

import org.jspecify.annotations.NullMarked;
