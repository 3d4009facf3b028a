/// The SDK for devices. Nothing is built here yet; see the state of features in the README.
@NullMarked
package org.elohim.client;

import org.jspecify.annotations.NullMarked;
