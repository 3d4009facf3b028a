package org.elohim.bench;

import akka.actor.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.japi.function.Function;

import com.typesafe.config.ConfigFactory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The node's HTTP server with its settings and nothing behind it: answers everything with the same
/// bytes. Argument: how many. Prints its port.
final class ConstantServer {
    private ConstantServer() {}

    static void main(String[] words) {
        var settings = ConfigFactory.parseResources("elohim-akka.conf").getConfig("akka.http");
        var system =
                ActorSystem.create(
                        "constant",
                        ConfigFactory.parseString("akka.stdout-loglevel = OFF, akka.loglevel = OFF")
                                .withFallback(settings.atPath("akka.http"))
                                .withFallback(ConfigFactory.load()));
        HttpResponse answer =
                HttpResponse.create()
                        .withEntity(
                                HttpEntities.create(
                                        ContentTypes.APPLICATION_OCTET_STREAM,
                                        new byte[Integer.parseInt(words[0])]));
        Function<HttpRequest, CompletionStage<HttpResponse>> answering =
                _ -> CompletableFuture.completedFuture(answer);
        var binding =
                Http.get(system)
                        .newServerAt("127.0.0.1", 0)
                        .bind(answering)
                        .toCompletableFuture()
                        .join();
        System.out.println(binding.localAddress().getPort());
    }
}
