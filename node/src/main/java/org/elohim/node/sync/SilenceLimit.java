package org.elohim.node.sync;

import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.stream.stage.TimerGraphStageLogic;

import java.time.Duration;

/// Says when nothing has come for a while.
///
/// Invariants: only the time counts in which something was asked for: while what came last is
/// worked on, or nothing may come for now, silence tells nothing.
public final class SilenceLimit<T> extends GraphStage<FlowShape<T, T>> {
    private static final String TIMER = "silence";

    private final Inlet<T> in = Inlet.create("in");
    private final Outlet<T> out = Outlet.create("out");
    private final FlowShape<T, T> shape = FlowShape.of(in, out);
    private final Duration max;
    private final Runnable silent;

    public SilenceLimit(Duration max, Runnable silent) {
        this.max = max;
        this.silent = silent;
    }

    @Override
    public FlowShape<T, T> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new TimerGraphStageLogic(shape) {
            {
                setHandler(
                        in,
                        new AbstractInHandler() {
                            @Override
                            public void onPush() {
                                cancelTimer(TIMER);
                                push(out, grab(in));
                            }
                        });
                setHandler(
                        out,
                        new AbstractOutHandler() {
                            @Override
                            public void onPull() {
                                scheduleOnce(TIMER, max);
                                pull(in);
                            }
                        });
            }

            @Override
            public void onTimer(Object timer) {
                silent.run();
            }
        };
    }
}
