package org.elohim.node.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;

/// What a person at the terminal wants to read: what this node does, and what goes wrong anywhere.
final class OwnLinesAndWarnings extends Filter<ILoggingEvent> {
    @Override
    public FilterReply decide(ILoggingEvent event) {
        boolean shown =
                event.getLevel().isGreaterOrEqual(Level.WARN)
                        || event.getLoggerName().startsWith("org.elohim.");
        return shown ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
}
