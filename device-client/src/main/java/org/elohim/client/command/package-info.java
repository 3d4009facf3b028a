/// `./elohim device`: a replica on the command line.
@NullMarked
package org.elohim.client.command;

import org.jspecify.annotations.NullMarked;
