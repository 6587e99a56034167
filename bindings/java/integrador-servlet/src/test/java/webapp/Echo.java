package webapp;

import dev.integrador.IntegradorListener;
import dev.integrador.NewMessage;
import dev.integrador.Node;
import dev.integrador.Ref;
import dev.integrador.servlet.IntegradorContextListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.annotation.WebListener;

/** A web application that answers every message, once. */
@WebListener
public class Echo extends IntegradorContextListener {
    @Override
    protected IntegradorListener listener(Node node, ServletContext context) {
        node.publishUser("9", "Eco");
        return IntegradorListener.messages(message -> {
            if (!message.text().startsWith("eco: ")) {
                node.publishMessage(NewMessage.of(message.room(), Ref.own("9"), "eco: " + message.text())
                        .withKey(message.eventId().toString()));
            }
        });
    }
}
