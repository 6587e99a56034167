package dev.integrador;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/** Does once what can be done with a node, over the network and back. */
final class OperationsMain {
    private OperationsMain() {}

    public static void main(String[] arguments) throws Exception {
        try (Pair pair = new Pair(Path.of("").toAbsolutePath())) {
            CountDownLatch came = new CountDownLatch(20);
            pair.sur.start(IntegradorListener.messages(message -> {
                message.recipients();
                message.localSender();
                if (message.attempt() == 1 && message.text().equals("0")) {
                    throw new Exception("not today");
                }
                came.countDown();
            }), 2);
            UUID first = pair.say("0");
            for (int n = 1; n < 20; n++) {
                Attachment attachment = Attachment.inline(AttachmentKind.FILE, new byte[] {1, 2, 3}, "application/x-three");
                pair.norte.async().publishMessage(NewMessage.of("7", "1", "¿" + n + "?").withKey("k" + n).withSentAt(Instant.now())
                        .withReplyTo(first).withAttachment(attachment)).join();
            }
            came.await();
            pair.sur.stop();
            Pair.taken(pair.norte, UserChange.class, 1);
            look(pair);
            for (Runnable wrong : List.<Runnable>of(
                    () -> pair.norte.publishMessage("99", "1", "hola"),
                    () -> pair.norte.users("Oeste"),
                    () -> Node.builder("Norte").option("nothing", 1).open(),
                    () -> ExternalId.parse("no colon"))) {
                fails(wrong);
            }
        }
        System.out.println("all done");
    }

    private static void look(Pair pair) {
        pair.norte.publishUsers(Map.of("1", "Ana", "2", "Inés"));
        pair.norte.publishMessages(List.of(NewMessage.of("7", "1", "a"), NewMessage.of("99", "1", "b")));
        pair.sur.bind(BindKind.USER, new ExternalId("Norte", "1"), "101");
        pair.sur.externalId(BindKind.USER, "101").orElseThrow();
        pair.sur.nextEvents(10, Duration.ofMillis(10));
        pair.norte.platforms();
        pair.norte.rooms();
        pair.norte.recipients("7");
        pair.norte.metrics();
        pair.norte.prometheus();
        pair.norte.check();
        pair.norte.deadLetters(DeadLetters.all());
        pair.norte.syncNow();
        pair.norte.handle(new Request("GET", "/ping", "", Map.of(), new byte[0]));
    }

    private static void fails(Runnable wrong) {
        try {
            wrong.run();
        } catch (IntegradorException e) {
            return;
        }
        throw new AssertionError("it did not fail");
    }
}
