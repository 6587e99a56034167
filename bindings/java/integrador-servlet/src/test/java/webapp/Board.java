package webapp;

import dev.integrador.IntegradorListener;
import dev.integrador.Node;
import dev.integrador.RoomKind;
import dev.integrador.servlet.IntegradorContextListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.annotation.WebListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A notice board: one room, shared with the boards of other platforms. */
@WebListener
public class Board extends IntegradorContextListener {
    static final List<String> NOTES = new CopyOnWriteArrayList<>();

    /** At each start. What has not changed is not sent again. */
    @Override
    protected IntegradorListener listener(Node node, ServletContext context) {
        node.publishUser("1", "Ana");
        if (node.name().equals("Norte")) {
            node.publishRoom("1", "Tablón", RoomKind.PUBLIC);
        }
        // Called again for a message if it throws, or if the process dies before it returns.
        return IntegradorListener.messages(message -> NOTES.add(message.senderName() + ": " + message.text()));
    }
}
