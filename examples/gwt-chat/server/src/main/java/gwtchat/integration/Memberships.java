package gwtchat.integration;

import dev.integrador.Banned;
import dev.integrador.ErrorKind;
import dev.integrador.ExternalId;
import dev.integrador.IntegradorException;
import dev.integrador.NewRoom;
import dev.integrador.Node;
import dev.integrador.Receipt;
import dev.integrador.Room;
import gwtchat.Chat;
import gwtchat.model.Conversation;
import gwtchat.model.RoomUpdate;
import gwtchat.model.User;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Who is in a room, what it is called, whom it bars. The node has it on disk first; should the process die before it is stored here too,
 * the next start takes it over.
 */
public final class Memberships {
    private final Chat chat;
    private final Node node;
    private final IntegrationService service;

    Memberships(Chat chat, Node node, IntegrationService service) {
        this.chat = chat;
        this.node = node;
        this.service = service;
    }

    /**
     * Whether somebody here may change this: of a room of this chat's own all, of another's which people of this chat are in it, and into
     * private ones they let nobody.
     */
    public boolean may(Conversation room, User me, RoomUpdate wanted) {
        if (room.direct() || !room.members().contains(me.id())) {
            return false;
        }
        if (chat.ids().isOwn(room.id())) {
            return !wanted.ban().contains(me.id());
        }
        boolean decides = wanted.name() != null || !wanted.ban().isEmpty() || !wanted.unban().isEmpty();
        boolean theirs = Stream.concat(wanted.add().stream(), wanted.remove().stream()).allMatch(chat.ids()::isOwn);
        return theirs && !decides && (room.open() || wanted.add().isEmpty());
    }

    public void join(Conversation room, String user) {
        save(room, node.joinRoom(external(room.id()), external(user)));
    }

    public void leave(Conversation room, String user) {
        save(room, node.leaveRoom(external(room.id()), external(user)));
    }

    /** That they may was seen to. */
    public void update(Conversation room, RoomUpdate wanted) {
        if (chat.ids().isOwn(room.id())) {
            save(room, announce(external(room.id()), wanted));
            return;
        }
        wanted.add().forEach(user -> join(room, user));
        wanted.remove().forEach(user -> leave(room, user));
    }

    /**
     * The node takes the difference between two calls of this chat, and others may have come and gone since the last one: so it is told
     * first how the room is, and then how it is to be.
     */
    private Receipt announce(ExternalId id, RoomUpdate wanted) {
        Room room = node.room(id).orElseThrow(() -> new IntegradorException(ErrorKind.UNKNOWN_ROOM, "the room is not published yet", null, true, null));
        List<ExternalId> banned = new ArrayList<>();
        room.banned().forEach((platform, users) -> users.users().forEach(user -> banned.add(new ExternalId(platform, user))));
        publish(room, room.name(), room.memberIds(), banned);
        List<ExternalId> members = new ArrayList<>(room.memberIds());
        members.removeAll(external(wanted.remove()));
        members.removeAll(external(wanted.ban()));
        members.addAll(external(wanted.add()));
        banned.addAll(external(wanted.ban()));
        banned.removeAll(external(wanted.unban()));
        return publish(room, wanted.name() == null ? room.name() : wanted.name(), members, banned);
    }

    private Receipt publish(Room room, String name, List<ExternalId> members, List<ExternalId> banned) {
        Map<String, Banned> bars = new LinkedHashMap<>();
        byPlatform(banned).forEach((platform, users) -> bars.put(platform, Banned.users(users)));
        room.banned().forEach((platform, users) -> {
            if (users.all()) {
                bars.put(platform, users);
            }
        });
        return node.publishRoom(new NewRoom(room.id().id(), name, room.kind(), byPlatform(members), bars, room.avatar(), room.ext()));
    }

    private static Map<String, List<String>> byPlatform(List<ExternalId> users) {
        Map<String, List<String>> platforms = new LinkedHashMap<>();
        users.stream().distinct().forEach(user -> platforms.computeIfAbsent(user.platform(), p -> new ArrayList<>()).add(user.id()));
        return platforms;
    }

    private void save(Conversation room, Receipt receipt) {
        service.saveRoom(external(room.id()), receipt.eventId());
    }

    private List<ExternalId> external(List<String> users) {
        return users.stream().map(this::external).toList();
    }

    private ExternalId external(String id) {
        return ExternalId.parse(chat.ids().external(id));
    }
}
