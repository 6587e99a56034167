package gwtchat.live;

import gwtchat.model.Conversation;
import gwtchat.model.Message;
import gwtchat.model.PlatformInfo;
import gwtchat.model.Tick;
import gwtchat.model.User;
import java.util.List;

/** What a page is told. Each has a {@code type} by which the page knows it. */
public interface Push {

    /** All that a page needs to begin. */
    record Hello(
            String type,
            String platform,
            User me,
            List<User> people,
            List<PlatformInfo> platforms,
            List<Conversation> conversations)
            implements Push {
        public Hello(String platform, User me, List<User> people, List<PlatformInfo> platforms, List<Conversation> conversations) {
            this("hello", platform, me, people, platforms, conversations);
        }
    }

    /** A message is new, or has got its place or was changed; {@code last} is the conversation's last one, where that is another. */
    record NewMessage(String type, Message message, Message last) implements Push {
        public NewMessage(Message message, Message last) {
            this("message", message, last);
        }
    }

    /** How far a message has come has changed. */
    record Ticks(String type, String conversation, long message, List<Tick> deliveries, String failed, List<Message.Change> changes) implements Push {
        public Ticks(Message m) {
            this("ticks", m.conversation(), m.id(), m.deliveries(), m.failed(), m.changes());
        }
    }

    /** A conversation is new or has changed. */
    record Changed(String type, Conversation conversation) implements Push {
        public Changed(Conversation conversation) {
            this("conversation", conversation);
        }
    }

    record People(String type, List<User> people) implements Push {
        public People(List<User> people) {
            this("people", people);
        }
    }

    record Platforms(String type, List<PlatformInfo> platforms) implements Push {
        public Platforms(List<PlatformInfo> platforms) {
            this("platforms", platforms);
        }
    }

    /** The person has read it, on another of their pages. */
    record Read(String type, String conversation) implements Push {
        public Read(String conversation) {
            this("read", conversation);
        }
    }
}
