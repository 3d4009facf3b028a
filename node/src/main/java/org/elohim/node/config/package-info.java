/// What can be configured, where a value came from, and what is wrong with it.
@NullMarked
package org.elohim.node.config;

import org.jspecify.annotations.NullMarked;
