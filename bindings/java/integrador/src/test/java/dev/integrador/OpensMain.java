package dev.integrador;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** An application as a server loads and unloads it: opens a node, uses it, and closes it. */
final class OpensMain implements java.util.function.Consumer<Path> {
    OpensMain() {}

    @Override
    public void accept(Path store) {
        try (Node node = Node.builder("Norte").store(store).listen("127.0.0.1:0").open()) {
            node.start(IntegradorListener.messages(message -> {}), 2);
            node.publishUser("1", "Ana");
            node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
            CompletableFuture<Receipt> later = node.async().publishMessage("7", "1", "hola").thenApply(receipt -> receipt);
            node.publishMessage("7", "1", "hola");
            later.join();
        }
    }
}
