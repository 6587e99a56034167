package gwtchat.client;

import elemental2.core.JsObject;
import gwtchat.client.Wire.Link;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Reaction;
import gwtchat.client.Wire.Unsent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jsinterop.base.Js;

/** What is said of a message that is there: another text, a delete, a reaction; and who may say it. */
final class Changes {
    /** The reactions that are offered at once. */
    static final List<String> REACTIONS = List.of("👍", "❤️", "😂", "😮", "😢", "🙏");

    private Changes() {}

    /** Whether they are one message, be it stored or not. */
    static boolean same(Message one, Message other) {
        return one.id != null && one.id.equals(other.id) || one.key != null && one.key.equals(other.key);
    }

    /** Whether this form of a message knows more than that one: a change more, or its place. Answers may come after pushes that know more. */
    static boolean isNewer(Message one, Message other) {
        boolean placed = one.revision == other.revision && other.place == null && one.place != null;
        return other.id == null || one.revision > other.revision || placed;
    }

    /** A message as it is once the server has what this person has said of it. */
    static Message applied(Message message) {
        if (message.id == null) {
            return message;
        }
        List<Unsent> said = Outbox.changes(message.conversation).stream().filter(one -> message.id.equals(one.message)).collect(Collectors.toList());
        if (said.isEmpty()) {
            return message;
        }
        Message now = Js.uncheckedCast(JsObject.assign(new Message(), message));
        for (Unsent one : said) {
            if (one.error != null) {
                now.refused = now.refused == null ? one : now.refused;
            } else {
                now.waiting = true;
                apply(now, one);
            }
        }
        return now;
    }

    private static void apply(Message message, Unsent said) {
        switch (said.kind) {
            case "edit":
                message.text = said.text;
                message.edited = true;
                break;
            case "delete":
                message.text = "";
                message.attachments = new Link[0];
                message.reactions = new Reaction[0];
                message.deleted = true;
                break;
            default:
                message.reactions = reacted(message.reactions, said.emoji, said.on);
                break;
        }
    }

    /** These reactions with one of this person's more or less. */
    private static Reaction[] reacted(Reaction[] reactions, String emoji, boolean on) {
        List<Reaction> all = new ArrayList<>();
        boolean known = Stream.of(reactions).anyMatch(one -> one.emoji.equals(emoji));
        for (Reaction one : reactions) {
            all.add(one.emoji.equals(emoji) ? reacted(one, on) : one);
        }
        if (!known) {
            Reaction none = new Reaction();
            none.emoji = emoji;
            none.people = new String[0];
            all.add(reacted(none, on));
        }
        return all.stream().filter(one -> one.people.length > 0).toArray(Reaction[]::new);
    }

    private static Reaction reacted(Reaction before, boolean on) {
        Reaction now = new Reaction();
        now.emoji = before.emoji;
        Stream<String> others = Stream.of(before.people).filter(person -> !State.isMe(person));
        now.people = (on ? Stream.concat(others, Stream.of(State.me.id)) : others).toArray(String[]::new);
        return now;
    }

    static boolean hasReacted(Message message, String emoji) {
        return Stream.of(message.reactions).anyMatch(one -> one.emoji.equals(emoji) && Stream.of(one.people).anyMatch(State::isMe));
    }

    /** Whether anything may be done with it: not until the server has it, and not once it is gone. */
    static boolean mayAct(Message message) {
        return message.id != null && message.notice == null && message.failed == null && !message.deleted;
    }

    /** Whether this person may edit and delete it. */
    static boolean mayEdit(Message message) {
        return mayAct(message) && State.isMe(message.sender);
    }
}
