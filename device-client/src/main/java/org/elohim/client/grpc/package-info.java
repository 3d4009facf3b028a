/// A node over gRPC, for programs that have no replica of their own.
@NullMarked
package org.elohim.client.grpc;

import org.jspecify.annotations.NullMarked;
