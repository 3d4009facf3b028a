package org.elohim.node.replication;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.extractRequest;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.path;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.PathMatchers;
import akka.http.javadsl.server.Route;

import org.elohim.protocol.id.NodeId;

import java.util.function.Supplier;

/// What a node says of its disk at the family's door, to whoever means it.
final class RoomDoor {
    private final NodeId self;
    private final Supplier<Room> room;

    RoomDoor(NodeId self, Supplier<Room> room) {
        this.self = self;
        this.room = room;
    }

    Route route() {
        return path(
                PathMatchers.segment("blobs").slash("room"),
                () -> get(() -> extractRequest(asked -> complete(answer(asked)))));
    }

    private HttpResponse answer(HttpRequest asked) {
        boolean isMeant =
                asked.getUri().query().get("to").filter(self.toString()::equals).isPresent();
        return isMeant
                ? HttpResponse.create().withEntity(room.get().text())
                : HttpResponse.create()
                        .withStatus(StatusCodes.FORBIDDEN)
                        .withEntity("this is " + self);
    }
}
