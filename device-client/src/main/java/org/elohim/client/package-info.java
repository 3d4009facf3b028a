/// The SDK for devices: documents that are read and edited on the device itself.
@NullMarked
package org.elohim.client;

import org.jspecify.annotations.NullMarked;
