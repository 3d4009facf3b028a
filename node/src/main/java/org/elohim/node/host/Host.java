package org.elohim.node.host;

import com.sun.management.OperatingSystemMXBean;

import org.elohim.cluster.registry.Capacity;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// This machine as its node registers it.
public final class Host {
    private static final Path KERNEL_HOST_NAME = Path.of("/proc/sys/kernel/hostname");
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9._-]{1,63}");

    private Host() {}

    /// The machine's name, asked without the network: a look-up may hang where there is no DNS.
    public static String name() {
        String name;
        try {
            name =
                    Files.isReadable(KERNEL_HOST_NAME)
                            ? Files.readString(KERNEL_HOST_NAME).strip()
                            : InetAddress.getLocalHost().getHostName();
        } catch (IOException nameless) {
            name = "";
        }
        return PLAIN_NAME.matcher(name).matches() ? name : "elohim";
    }

    /// What the machine has, of which storage at most what the owner gives.
    public static Capacity capacity(Path dataDirectory, long storageBytesMax) throws IOException {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long diskBytes = Files.getFileStore(dataDirectory).getTotalSpace();
        return new Capacity(
                Runtime.getRuntime().availableProcessors(),
                system.getTotalMemorySize(),
                Math.min(diskBytes, storageBytesMax));
    }
}
