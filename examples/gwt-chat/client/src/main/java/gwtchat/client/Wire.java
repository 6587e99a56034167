package gwtchat.client;

import jsinterop.annotations.JsPackage;
import jsinterop.annotations.JsProperty;
import jsinterop.annotations.JsType;

/** What the server and the page tell each other: plain JSON, read as it is. What may be left out is null. */
final class Wire {
    private Wire() {}

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Person {
        String id;
        String name;
        String platform;
        boolean active;
        String avatar;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Platform {
        String name;
        boolean own;
        boolean supportImage;
        boolean supportAudio;
        Boolean up;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Conversation {
        String id;
        String external;
        String name;

        @JsProperty(name = "public")
        boolean open;

        boolean direct;
        String[] members;
        String[] banned;
        String avatar;
        Message last;
        Double newest;
        double unread;
        String failed;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Message {
        /** Null: the server doesn't have it yet. */
        Double id;

        String conversation;
        String sender;
        String senderName;
        /** What has happened to the sender, or to the conversation: then it is no message of theirs. */
        String notice;

        String text;
        Link[] attachments;
        String at;
        String key;
        String place;
        Tick[] deliveries;
        String failed;
        double revision;
        boolean edited;
        boolean deleted;
        Reply reply;
        Reaction[] reactions;
        Change[] changes;

        /** Whether something that this person has said of it is on its way to the server; and what the server did not take of that. */
        boolean waiting;

        Unsent refused;

        /** Of one that the server doesn't have yet: why it won't take it, and where it stands among the others. */
        String error;

        Double order;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Link {
        String kind;
        String url;
        String name;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Tick {
        String platform;
        String state;
        String why;
    }

    /** What a message answers; without a {@code message}, it is not here. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Reply {
        Double message;
        String sender;
        String senderName;
        String text;
        String what;
        boolean deleted;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Reaction {
        String emoji;
        String[] people;
    }

    /** What a user of this app has said of a message. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Change {
        String kind;
        String sender;
        String emoji;
        boolean sent;
        Tick[] deliveries;
        String failed;
    }

    /** Anything that the server pushes; {@code type} says which of the others are there. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Push {
        String type;
        Person me;
        Person[] people;
        Platform[] platforms;
        Conversation[] conversations;
        Message last;
        Tick[] deliveries;
        String failed;
        Change[] changes;

        /** A message, or the number of one. */
        Object message;

        /** A conversation, or the id of one. */
        Object conversation;
    }

    /** What is changed of a room; what is left out stays. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class RoomUpdate {
        String name;
        String[] add;
        String[] remove;
        String[] ban;
        String[] unban;
    }

    /** Any answer of the server. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Answer {
        String platform;
        Person[] users;
        String me;
        String id;
        Message message;
        Message[] messages;
        boolean more;
        String error;
    }

    // What the page sends.

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Nothing {}

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Login {
        String id;
        String name;
    }

    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class NewConversation {
        String name;

        @JsProperty(name = "public")
        boolean open;

        String[] members;
    }

    /** A message that is written, or something that is said of one ({@code kind}), and not yet stored; kept by the browser until it is. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Unsent {
        String key;
        String text;
        Upload attachment;
        Double reply;
        // Of what is said of a message: which, and what.
        Double message;
        String kind;
        String emoji;
        boolean on;
        // For the page alone:
        Reply answered;
        String conversation;
        String at;
        double order;
        String error;
    }

    /** A picture's address, or a file in base64. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Upload {
        String url;
        String data;
        String mime;
        String name;
    }

    /** What is half written. */
    @JsType(isNative = true, namespace = JsPackage.GLOBAL, name = "Object")
    static class Draft {
        String text;
        Upload attachment;
        Reply reply;
    }
}
