package org.elohim.protocol.fault;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// A connection whose n-th write fails, in the way of a disk that is full or gone.
///
/// Invariants: everything else goes to the real connection.
public final class FailingConnection {
    private static final Set<String> WRITES = Set.of("commit", "executeUpdate", "prepareStatement");

    private FailingConnection() {}

    /// A connection that passes everything on but one write.
    ///
    /// @param after whether the call is carried out before it fails: a commit may be on the disk
    ///   although its caller hears of an error
    /// @param writes counts them
    public static Connection failing(
            Connection real, AtomicInteger writes, int nth, boolean after) {
        return wrap(Connection.class, real, writes, nth, after);
    }

    private static <T> T wrap(Class<T> type, T real, AtomicInteger writes, int nth, boolean after) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, arguments) -> {
                            boolean fails =
                                    WRITES.contains(method.getName())
                                            && writes.incrementAndGet() == nth;
                            if (fails && !after) {
                                throw new SQLException("disk I/O error");
                            }
                            Object result;
                            try {
                                result = method.invoke(real, arguments);
                            } catch (InvocationTargetException failed) {
                                throw failed.getCause();
                            }
                            if (fails) {
                                throw new SQLException("disk I/O error");
                            }
                            return result instanceof PreparedStatement statement
                                    ? wrap(PreparedStatement.class, statement, writes, nth, after)
                                    : result;
                        }));
    }
}
