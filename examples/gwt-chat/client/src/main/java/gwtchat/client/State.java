package gwtchat.client;

import gwtchat.client.Wire.Conversation;
import gwtchat.client.Wire.Message;
import gwtchat.client.Wire.Person;
import gwtchat.client.Wire.Platform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the page knows, and what a conversation is to the person who looks at it. */
final class State {
    /** After any event id. */
    private static final String LAST = "~";

    static Person me;
    /** This chat's own name. */
    static String platform = "";

    static final Map<String, Person> people = new LinkedHashMap<>();
    static final Map<String, Platform> platforms = new LinkedHashMap<>();
    static final Map<String, Conversation> conversations = new LinkedHashMap<>();
    /** The id of the conversation that is shown, or null. */
    static String open;

    private State() {}

    static Conversation current() {
        return open == null ? null : conversations.get(open);
    }

    static boolean isMe(String user) {
        return me != null && me.id.equals(user);
    }

    /** Ids of other platforms begin with their name; those of this one are numbers. */
    static String platformOf(String id) {
        int colon = id.indexOf(':');
        return colon < 0 ? platform : id.substring(0, colon);
    }

    static String nameOf(String user, String otherwise) {
        Person person = people.get(user);
        return person != null ? person.name : otherwise != null ? otherwise : user;
    }

    static String nameOf(String user) {
        return nameOf(user, null);
    }

    /** {@code person}, {@code group} or {@code public}. */
    static String kindOf(Conversation c) {
        return c.open ? "public" : c.direct ? "person" : "group";
    }

    static String otherIn(Conversation c) {
        for (String member : c.members) {
            if (!isMe(member)) {
                return member;
            }
        }
        return me.id;
    }

    static String titleOf(Conversation c) {
        return c.direct ? nameOf(otherIn(c)) : c.name;
    }

    static String homeOf(Conversation c) {
        return platformOf(c.direct ? otherIn(c) : c.id);
    }

    /** The other platforms in it. */
    static List<Platform> othersIn(Conversation c) {
        List<Platform> others = new ArrayList<>();
        for (String member : c.members) {
            Platform of = platforms.get(platformOf(member));
            if (of != null && !of.own && !others.contains(of)) {
                others.add(of);
            }
        }
        return others;
    }

    static boolean isMember(Conversation c) {
        for (String member : c.members) {
            if (isMe(member)) {
                return true;
            }
        }
        return false;
    }

    static String avatarOf(String user) {
        Person person = people.get(user);
        return person == null ? null : person.avatar;
    }

    /** The picture of a conversation, or of the one person with whom it is. */
    static String avatarOf(Conversation c) {
        return c.direct ? avatarOf(otherIn(c)) : c.avatar;
    }

    /** Whether the platform of a room bars somebody from it, alone or with all of their platform. */
    static boolean isBarred(Conversation c, String user) {
        for (String one : c.banned) {
            if (one.equals(user) || one.equals(platformOf(user) + ":*")) {
                return true;
            }
        }
        return false;
    }

    /** Whether it is a public room in which this person does not take part. */
    static boolean isOutside(Conversation c) {
        return c.open && !isMember(c);
    }

    static boolean mayRead(Conversation c) {
        return c.open || isMember(c);
    }

    /** Whom one can write to, platform by platform, this one first. */
    static List<Person> reachable() {
        List<Person> found = new ArrayList<>();
        for (Platform of : sortedPlatforms()) {
            List<Person> there = new ArrayList<>();
            for (Person person : people.values()) {
                if (person.platform.equals(of.name) && person.active && !isMe(person.id)) {
                    there.add(person);
                }
            }
            there.sort((a, b) -> Texts.compare(a.name, b.name));
            found.addAll(there);
        }
        return found;
    }

    static List<Platform> sortedPlatforms() {
        List<Platform> sorted = new ArrayList<>(platforms.values());
        sorted.sort((a, b) -> a.own != b.own ? (a.own ? -1 : 1) : Texts.compare(a.name, b.name));
        return sorted;
    }

    /**
     * Whether one message stands before the other: by event id, which is the same order everywhere; what has none yet
     * last, as the server stored it; and after that what the server doesn't have yet, as it was written.
     */
    static boolean precedes(Message one, Message other) {
        int places = placeOf(one).compareTo(placeOf(other));
        if (places != 0) {
            return places < 0;
        }
        double a = one.id == null ? Double.POSITIVE_INFINITY : one.id;
        double b = other.id == null ? Double.POSITIVE_INFINITY : other.id;
        if (a != b) {
            return a < b;
        }
        return one.order != null && other.order != null && one.order < other.order;
    }

    private static String placeOf(Message m) {
        return m.place == null ? LAST : m.place;
    }
}
