package org.elohim.crdt.process;

import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;

/// Requests and replies as the body of a frame, and back.
final class Codec {
    private Codec() {}

    /// Throws `WireWriter.TooLong` where it takes more than a frame may.
    static Bytes encode(Request request) {
        var out = new WireWriter(Frames.BODY_BYTES_MAX);
        switch (request) {
            case Request.Open(var document, var actor) ->
                    out.tag(Tags.Asked.OPEN).number(document).bytes(actor);
            case Request.Apply(var document, var chunks) ->
                    out.tag(Tags.Asked.APPLY).number(document).bytes(chunks);
            case Request.Change(var document, var steps) ->
                    out.tag(Tags.Asked.CHANGE).number(document).all(steps, out::step);
            case Request.Read(var document, var path) ->
                    out.tag(Tags.Asked.READ).number(document).path(path);
            case Request.View(var document, long sizeMax) ->
                    out.tag(Tags.Asked.VIEW).number(document).number(sizeMax);
            case Request.Check(var document, long sizeMax) ->
                    out.tag(Tags.Asked.CHECK).number(document).number(sizeMax);
            case Request.Conflicts(var document) -> out.tag(Tags.Asked.CONFLICTS).number(document);
            case Request.Heads(var document) -> out.tag(Tags.Asked.HEADS).number(document);
            case Request.Save(var document) -> out.tag(Tags.Asked.SAVE).number(document);
            case Request.Close(var document) -> out.tag(Tags.Asked.CLOSE).number(document);
            case Request.Ping() -> out.tag(Tags.Asked.PING);
        }
        return out.written();
    }

    static Decoded<Request> request(Bytes body) {
        return WireReader.decode(
                body,
                in ->
                        switch (in.tag(Tags.Asked.class)) {
                            case OPEN -> new Request.Open(in.number(), in.bytes());
                            case APPLY -> new Request.Apply(in.number(), in.bytes());
                            case CHANGE -> new Request.Change(in.number(), in.all(in::step));
                            case READ -> new Request.Read(in.number(), in.path());
                            case VIEW -> new Request.View(in.number(), in.number());
                            case CHECK -> new Request.Check(in.number(), in.number());
                            case CONFLICTS -> new Request.Conflicts(in.number());
                            case HEADS -> new Request.Heads(in.number());
                            case SAVE -> new Request.Save(in.number());
                            case CLOSE -> new Request.Close(in.number());
                            case PING -> new Request.Ping();
                        });
    }

    static Bytes encode(Reply reply) {
        return encode(reply, Frames.BODY_BYTES_MAX);
    }

    /// Throws `WireWriter.TooLong` where it takes more than that.
    static Bytes encode(Reply reply, int bytesMax) {
        var out = new WireWriter(bytesMax);
        switch (reply) {
            case Reply.Done() -> out.tag(Tags.Answered.DONE);
            case Reply.Failed(var reason) -> out.tag(Tags.Answered.FAILED).text(reason);
            case Reply.Applied(var applied) -> {
                switch (applied) {
                    case Applied.Taken() -> out.tag(Tags.Answered.TAKEN);
                    case Applied.Malformed(var reason) ->
                            out.tag(Tags.Answered.MALFORMED).text(reason);
                    case Applied.Killed(var reason) -> out.tag(Tags.Answered.KILLED).text(reason);
                }
            }
            case Reply.Edited(var edited) -> {
                switch (edited) {
                    case Edited.Committed(var changes, var hashes) ->
                            out.tag(Tags.Answered.COMMITTED).bytes(changes).all(hashes, out::hash);
                    case Edited.Unchanged() -> out.tag(Tags.Answered.UNCHANGED);
                    case Edited.Refused(var reason) -> out.tag(Tags.Answered.REFUSED).text(reason);
                }
            }
            case Reply.Found(var value) -> out.tag(Tags.Answered.FOUND).value(value);
            case Reply.Absent() -> out.tag(Tags.Answered.ABSENT);
            case Reply.Conflicts(var conflicts) ->
                    out.tag(Tags.Answered.CONFLICTS).conflicts(conflicts);
            case Reply.Heads(var hashes) -> out.tag(Tags.Answered.HEADS).all(hashes, out::hash);
            case Reply.Saved(var document) -> out.tag(Tags.Answered.SAVED).bytes(document);
        }
        return out.written();
    }

    static Decoded<Reply> reply(Bytes body) {
        return WireReader.decode(
                body,
                in ->
                        switch (in.tag(Tags.Answered.class)) {
                            case DONE -> new Reply.Done();
                            case FAILED -> new Reply.Failed(in.text());
                            case TAKEN -> new Reply.Applied(new Applied.Taken());
                            case MALFORMED -> new Reply.Applied(new Applied.Malformed(in.text()));
                            case KILLED -> new Reply.Applied(new Applied.Killed(in.text()));
                            case COMMITTED ->
                                    new Reply.Edited(
                                            new Edited.Committed(in.bytes(), in.all(in::hash)));
                            case UNCHANGED -> new Reply.Edited(new Edited.Unchanged());
                            case REFUSED -> new Reply.Edited(new Edited.Refused(in.text()));
                            case FOUND -> new Reply.Found(in.value());
                            case ABSENT -> new Reply.Absent();
                            case CONFLICTS -> new Reply.Conflicts(in.conflicts());
                            case HEADS -> new Reply.Heads(in.all(in::hash));
                            case SAVED -> new Reply.Saved(in.bytes());
                        });
    }
}
