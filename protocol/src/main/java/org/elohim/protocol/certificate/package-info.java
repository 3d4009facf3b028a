/// Certificates as the web knows them, for keys that are known otherwise.
@NullMarked
package org.elohim.protocol.certificate;

import org.jspecify.annotations.NullMarked;
