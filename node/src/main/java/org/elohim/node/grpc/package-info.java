/// The gRPC API: the service `ElohimNode`, health and reflection.
@NullMarked
package org.elohim.node.grpc;

import org.jspecify.annotations.NullMarked;
