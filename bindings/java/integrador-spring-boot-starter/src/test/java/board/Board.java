package board;

import dev.integrador.ExternalId;
import dev.integrador.Message;
import dev.integrador.Node;
import dev.integrador.RoomKind;
import dev.integrador.spring.IntegradorEventListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A notice board: one room, shared with the boards of other platforms. */
@SpringBootApplication
@RestController
public class Board {
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private final Node node;

    Board(Node node) {
        this.node = node;
    }

    public static void main(String[] args) {
        SpringApplication.run(Board.class, args);
    }

    /** At each start. What has not changed is not sent again. */
    @Bean
    ApplicationRunner announce() {
        return args -> {
            node.publishUser("1", "Ana");
            if (node.name().equals("Norte")) {
                node.publishRoom("1", "Tablón", RoomKind.PUBLIC);
            }
        };
    }

    /** Comes again if it throws, or if the process dies before it returns. */
    @IntegradorEventListener
    void store(Message message) {
        notes.add(message.senderName() + ": " + message.text());
    }

    @GetMapping("/")
    List<String> notes() {
        return notes;
    }

    @PostMapping("/")
    Map<String, List<String>> write(@RequestParam("text") String text) {
        var receipt = node.publishMessage(ExternalId.parse("Norte:1"), "1", text); // on disk when this returns
        notes.add("Ana: " + text);
        return Map.of("on its way to", receipt.destinations());
    }
}
