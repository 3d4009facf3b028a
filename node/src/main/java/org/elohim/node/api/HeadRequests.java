package org.elohim.node.api;

import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.scaladsl.model.headers.CustomHeader;
import akka.japi.function.Function;
import akka.stream.Materializer;
import akka.stream.javadsl.Sink;
import akka.util.ByteString;

import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/// Answers to HEAD: those to GET without their bodies.
///
/// The framework's own way (`transparent-head-requests`) leaves out how long the body is, which is
/// what HEAD is mostly asked for. It writes that down where a header of one's own says it.
public final class HeadRequests {
    private HeadRequests() {}

    /// The same, for routes that know nothing of HEAD.
    public static Function<HttpRequest, CompletionStage<HttpResponse>> around(
            Function<HttpRequest, CompletionStage<HttpResponse>> routes, Materializer streams) {
        return request ->
                request.method().equals(HttpMethods.HEAD)
                        ? routes.apply(request.withMethod(HttpMethods.GET))
                                .thenApply(response -> withoutBody(response, streams))
                        : routes.apply(request);
    }

    private static HttpResponse withoutBody(HttpResponse response, Materializer streams) {
        var entity = response.entity();
        OptionalLong length = entity.getContentLengthOption();
        if (!(entity instanceof HttpEntity.Strict)) {
            // Nobody is to produce what nobody reads.
            var _ = entity.getDataBytes().runWith(Sink.cancelled(), streams);
        }
        HttpResponse bare =
                response.withEntity(
                        HttpEntities.create(entity.getContentType(), ByteString.emptyByteString()));
        return length.isPresent() && response.status().allowsEntity()
                ? bare.addHeader(new Length(length.getAsLong()))
                : bare;
    }

    /// How long the body of the answer to GET is.
    private static final class Length extends CustomHeader {
        private final long bytes;

        private Length(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public String name() {
            return "Content-Length";
        }

        @Override
        public String value() {
            return Long.toString(bytes);
        }

        @Override
        public boolean renderInRequests() {
            return false;
        }

        @Override
        public boolean renderInResponses() {
            return true;
        }
    }
}
