package org.elohim.cluster.family;

import org.elohim.cluster.family.MdnsDiscovery.Heard;
import org.elohim.protocol.family.Announcement;

import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;

/// One address of this machine at which the network is listened to and spoken to.
///
/// Invariants: of services that are not the family's nothing is asked; how many names are heard
/// before it is closed, and of how many more is asked, is limited.
final class MdnsSegment implements Segments.Segment {
    /// Beyond it somebody floods the network: it is left alone for a while, and what was kept of it
    /// is let go.
    static final int NAMES_MAX = 2_000;

    // Asked for what they are at the same time; a family has a handful.
    private static final int ASKED_MAX = 64;
    // The question goes out at once; its answer is heard of, not waited for.
    private static final long WAIT_MILLIS = 1;

    private final JmDNS network;
    private final Predicate<String> isOfFamily;
    private final Consumer<Announcement> found;
    private final Consumer<Heard> count;
    private final Map<String, ServiceInfo> announced = new HashMap<>();
    // Of the library's one thread.
    private final Set<String> asked = new HashSet<>();
    private final AtomicInteger names = new AtomicInteger();

    /// @param isOfFamily whether a name is one of the family's, and not our own
    MdnsSegment(
            InetAddress address,
            Predicate<String> isOfFamily,
            Consumer<Announcement> found,
            Consumer<Heard> count)
            throws IOException {
        this.isOfFamily = isOfFamily;
        this.found = found;
        this.count = count;
        // An address without a name makes the library ask for one, which takes six seconds.
        String name = "elohim-" + Integer.toHexString(address.hashCode());
        this.network = JmDNS.create(InetAddress.getByAddress(name, address.getAddress()), name);
        network.addServiceListener(Announcement.SERVICE, new Listener());
    }

    @Override
    public void announce(Map<String, Announcement> all) throws IOException {
        for (String gone : Set.copyOf(announced.keySet())) {
            if (!all.containsKey(gone)) {
                network.unregisterService(Objects.requireNonNull(announced.remove(gone)));
            }
        }
        for (Map.Entry<String, Announcement> each : all.entrySet()) {
            Map<String, String> text = each.getValue().text();
            ServiceInfo before = announced.get(each.getKey());
            if (before == null) {
                ServiceInfo service =
                        ServiceInfo.create(
                                Announcement.SERVICE,
                                each.getKey(),
                                each.getValue().port(),
                                0,
                                0,
                                text);
                network.registerService(service);
                // What could not be said is said the next time.
                announced.put(each.getKey(), service);
            } else if (!text.equals(told(before, text.keySet()))) {
                before.setText(text);
            }
        }
    }

    private static Map<String, String> told(ServiceInfo service, Set<String> keys) {
        Map<String, String> told = new HashMap<>();
        keys.forEach(key -> property(service, key).ifPresent(value -> told.put(key, value)));
        return told;
    }

    private static Optional<String> property(ServiceInfo service, String key) {
        return Optional.ofNullable(service.getPropertyString(key));
    }

    @Override
    public boolean isFlooded() {
        return names.get() > NAMES_MAX;
    }

    private final class Listener implements ServiceListener {
        @Override
        public void serviceAdded(ServiceEvent event) {
            if (names.incrementAndGet() > NAMES_MAX) {
                count.accept(Heard.TOO_MANY);
            } else if (!isOfFamily.test(event.getName())) {
                count.accept(Heard.FOREIGN);
            } else if (asked.size() >= ASKED_MAX) {
                count.accept(Heard.TOO_MANY);
            } else {
                asked.add(event.getName());
                network.requestServiceInfo(event.getType(), event.getName(), false, WAIT_MILLIS);
            }
        }

        @Override
        public void serviceRemoved(ServiceEvent event) {
            asked.remove(event.getName());
        }

        /// Comes several times for each node.
        @Override
        public void serviceResolved(ServiceEvent event) {
            asked.remove(event.getName());
            if (!isOfFamily.test(event.getName())) {
                return;
            }
            ServiceInfo info = event.getInfo();
            var announcement = Announcement.parse(event.getName(), key -> property(info, key));
            count.accept(announcement.isPresent() ? Heard.OURS : Heard.GARBAGE);
            announcement.ifPresent(found);
        }
    }

    /// Says goodbye; takes two seconds.
    @Override
    public void close() throws IOException {
        network.close();
    }
}
