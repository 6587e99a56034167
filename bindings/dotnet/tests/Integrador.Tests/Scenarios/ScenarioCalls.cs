using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using Integrador.Tests.Support;
using Xunit;

namespace Integrador.Tests.Scenarios
{
    using Fields = Dictionary<string, object?>;

    /// <summary>The words of a scenario as calls of the public API, and what these return as JSON. Ids are text.</summary>
    internal sealed class ScenarioCalls
    {
        private readonly Node node;

        internal ScenarioCalls(Node node) => this.node = node;

        internal object? Call(string operation, Fields with)
        {
            switch (operation)
            {
                case "publish_user":
                    Only(with, "id", "name", "avatar", "ext");
                    return Receipt(node.PublishUser(
                        new NewUser(with.Text("id"), with.Text("name")) { Avatar = with.TextOrNull("avatar"), Ext = ExtOf(with) }));
                case "publish_users":
                    Only(with, "users");
                    return (long)node.PublishUsers(with.List("users").Cast<List<object?>>()
                        .ToDictionary(user => Json.AsText(user[0]!), user => Json.AsText(user[1]!)));
                case "publish_room":
                    return Receipt(node.PublishRoom(NewRoom(with)));
                case "join_room":
                    Only(with, "room", "user");
                    return Receipt(node.JoinRoom(Ref(with, "room"), Ref(with, "user")));
                case "leave_room":
                    Only(with, "room", "user");
                    return Receipt(node.LeaveRoom(Ref(with, "room"), Ref(with, "user")));
                case "publish_message":
                    return Receipt(node.PublishMessage(Message(with)));
                case "edit_message":
                    Only(with, "event", "sender", "text", "attachments", "ext");
                    return Receipt(node.EditMessage(EventId(with), Ref(with, "sender"), with.Text("text"), Attachments(with), ExtOf(with)));
                case "delete_message":
                    Only(with, "event", "sender", "of_platform");
                    return Receipt(node.DeleteMessage(EventId(with), Ref(with, "sender"), with.TextOrNull("of_platform")));
                case "react":
                    Only(with, "event", "of_platform", "sender", "emoji", "on");
                    bool on = !with.TryGetValue("on", out object? given) || (bool)given!;
                    return Receipt(node.React(EventId(with), with.Text("of_platform"), Ref(with, "sender"), with.Text("emoji"), on));
                case "bind":
                    Only(with, "kind", "external", "local");
                    node.Bind(Words.Parse<BindKind>(with.Text("kind")), ExternalId.Parse(with.Text("external")), with.Text("local"));
                    return null;
                case "retry":
                    return node.Retry(Which(with));
                case "drop":
                    return node.Drop(Which(with));
                case "sync_now":
                    Only(with, "platform");
                    return (long)node.SyncNow(with.TextOrNull("platform"));
                case "handle":
                    Only(with, "method", "path", "body");
                    string text = with.TryGetValue("body", out object? json) && json is Fields ? Json.Write(json) : with.TextOrNull("body") ?? "";
                    byte[] body = Encoding.UTF8.GetBytes(text);
                    Response response = node.Handle(
                        new Request(with.Text("method"), with.Text("path"), null, Array.Empty<KeyValuePair<string, string>>(), body));
                    return Json.Made(("status", (long)response.StatusCode));
                default:
                    return Look(operation, with);
            }
        }

        private object? Look(string operation, Fields with)
        {
            switch (operation)
            {
                case "platforms":
                    Only(with);
                    return Listed(node.Platforms(), of => Json.Made(("name", of.Name), ("own", of.Own)));
                case "users":
                    Only(with, "platform");
                    return Listed(node.Users(with.TextOrNull("platform")), User);
                case "rooms":
                    Only(with);
                    return Listed(node.Rooms(), Room);
                case "room":
                    Only(with, "id");
                    return node.Room(Ref(with, "id")) is Room room ? Room(room) : null;
                case "recipients":
                    Only(with, "room");
                    return Texts(node.Recipients(Ref(with, "room")));
                case "local_id":
                    Only(with, "kind", "external");
                    return node.LocalId(Words.Parse<BindKind>(with.Text("kind")), ExternalId.Parse(with.Text("external")));
                case "external_id":
                    Only(with, "kind", "local");
                    return node.ExternalId(Words.Parse<BindKind>(with.Text("kind")), with.Text("local"))?.ToString();
                case "delivery":
                    Only(with, "event");
                    return Listed(node.GetDelivery(EventId(with)), of =>
                        Json.Made(("platform", of.Platform), ("state", Words.Of(of.State)), ("why", of.Why)));
                case "status":
                    Only(with);
                    return Status(node.GetStatus());
                case "dead_letters":
                    return Listed(node.GetDeadLetters(with.Count == 0 ? null : Which(with)), DeadLetter);
                default:
                    return Membership(operation, with);
            }
        }

        private object? Membership(string operation, Fields with)
        {
            switch (operation)
            {
                case "invite":
                    Only(with);
                    Invite invite = node.Invite();
                    return Json.Made(("id", invite.Id), ("text", invite.Text));
                case "invites":
                    Only(with);
                    return Listed(node.GetInvites(), of => Json.Made(("id", of.Id), ("used_by", of.UsedBy)));
                case "revoke_invite":
                    Only(with, "id");
                    node.RevokeInvite(with.Text("id"));
                    return null;
                case "join":
                    Only(with, "invite");
                    Joined joined = node.Join(with.Text("invite"));
                    return Json.Made(("inviter", joined.Inviter), ("platforms", Texts(joined.Platforms)));
                case "introduce":
                    Only(with, "a", "b");
                    node.Introduce(with.Text("a"), with.Text("b"));
                    return null;
                case "accept_introduction":
                    Only(with, "name");
                    node.AcceptIntroduction(with.Text("name"));
                    return null;
                case "refuse_introduction":
                    Only(with, "name");
                    node.RefuseIntroduction(with.Text("name"));
                    return null;
                case "add_platform":
                    Only(with, "name", "endpoint");
                    return node.AddPlatform(with.Text("name"), with.Text("endpoint"));
                case "rotate_token":
                    Only(with, "platform");
                    return node.RotateToken(with.Text("platform"));
                case "remove_platform":
                    Only(with, "name");
                    node.RemovePlatform(with.Text("name"));
                    return null;
                default:
                    throw new AssertException("no operation is called " + operation);
            }
        }

        // What a step gives.

        /// <summary>An unknown field is a mistake of the scenario.</summary>
        internal static void Only(Fields given, params string[] known) =>
            Assert.True(given.Keys.All(known.Contains), "unknown here: " + Json.Write(given));

        private static Ref Ref(Fields with, string name)
        {
            string id = with.Text(name);
            return id.Contains(':', StringComparison.Ordinal) ? ExternalId.Parse(id) : (Ref)id;
        }

        private static NewRoom NewRoom(Fields with)
        {
            Only(with, "id", "name", "kind", "members", "banned", "avatar", "ext");
            return new NewRoom(with.Text("id"), with.Text("name"), Words.Parse<RoomKind>(with.Text("kind")))
            {
                Members = with.Object("members").ToDictionary(of => of.Key, of => Ids(of.Value)),
                Banned = with.Object("banned").ToDictionary(of => of.Key, of => of.Value is "*" ? Banned.Everybody : Banned.Of(Ids(of.Value))),
                Avatar = with.TextOrNull("avatar"),
                Ext = ExtOf(with),
            };
        }

        private static IReadOnlyList<string> Ids(object? given) => ((List<object?>)given!).Select(id => Json.AsText(id!)).ToList();

        private static Ext? ExtOf(Fields with) => with.ContainsKey("ext") ? Ext.Parse(Json.Write(with["ext"])) : null;

        private static NewMessage Message(Fields with)
        {
            Only(with, "room", "sender", "text", "key", "reply_to", "attachments", "ext");
            var message = new NewMessage(Ref(with, "room"), Ref(with, "sender"), with.Text("text"))
            {
                Key = with.TextOrNull("key"),
                ReplyTo = with.TextOrNull("reply_to") is string id ? Guid.Parse(id) : (Guid?)null,
                Ext = ExtOf(with),
            };
            if (Attachments(with) is List<Attachment> attachments)
            {
                message.Attachments = attachments;
            }
            return message;
        }

        private static Guid EventId(Fields with) => Guid.Parse(with.Text("event"));

        private static List<Attachment>? Attachments(Fields with) =>
            with.ContainsKey("attachments") ? with.List("attachments").Cast<Fields>().Select(Attachment).ToList() : null;

        private static Attachment Attachment(Fields given)
        {
            Only(given, "kind", "url", "data", "mime", "name", "size");
            return new Attachment(
                Words.Parse<AttachmentKind>(given.Text("kind")),
                given.TextOrNull("url"),
                given.TextOrNull("data") is string data ? Convert.FromBase64String(data) : null,
                given.TextOrNull("mime"),
                given.TextOrNull("name"),
                given.TextOrNull("size") is string size ? long.Parse(size, CultureInfo.InvariantCulture) : (long?)null);
        }

        private static DeadLetters Which(Fields with)
        {
            Only(with, "all", "platform", "number", "event");
            Assert.True(with.Count == 1, "expected one of them: " + Json.Write(with));
            return with.ContainsKey("platform") ? DeadLetters.ForPlatform(with.Text("platform"))
                : with.ContainsKey("number") ? DeadLetters.Number((long)with["number"]!)
                : with.ContainsKey("event") ? DeadLetters.ForEvent(EventId(with))
                : DeadLetters.All;
        }

        internal static void Configure(NodeOptions options, Fields given)
        {
            foreach (KeyValuePair<string, object?> option in given)
            {
                if (option.Value is Fields parts)
                {
                    foreach (KeyValuePair<string, object?> part in parts)
                    {
                        options.More[option.Key + "." + part.Key] = Value(part.Value);
                    }
                }
                else
                {
                    options.More[option.Key] = Value(option.Value);
                }
            }
        }

        private static object? Value(object? given) => given is JsonElement number ? number.GetDouble() : given;

        // What it is shown.

        private static List<object?> Texts(IEnumerable<string> texts) => texts.Cast<object?>().ToList();

        /// <summary>In the order of their ids, names or platforms.</summary>
        private static List<object?> Listed<T>(IEnumerable<T> items, Func<T, Fields> show)
        {
            static string Key(Fields item) => string.Join("\0", new[] { "id", "name", "platform" }.Select(field => item.TextOrNull(field)));
            return items.Select(show).OrderBy(Key, StringComparer.Ordinal).Cast<object?>().ToList();
        }

        private static Fields Receipt(Receipt of) => Json.Made(
            ("event", of.EventId?.ToString()),
            ("destinations", Texts(of.Destinations.OrderBy(name => name, StringComparer.Ordinal))),
            ("duplicate", of.Duplicate));

        private static object? Carried(Ext? ext) => ext is null ? null : Json.Parse(ext.Json);

        private static Fields User(User of) => Json.Made(
            ("id", of.Id.ToString()), ("name", of.Name), ("active", of.Active), ("avatar", of.Avatar), ("ext", Carried(of.Ext)));

        private static Fields Room(Room of) => Json.Made(
            ("id", of.Id.ToString()),
            ("name", of.Name),
            ("kind", Words.Of(of.Kind)),
            ("members", of.Members.ToDictionary(ids => ids.Key, ids => (object?)Texts(ids.Value))),
            ("banned", of.Banned.ToDictionary(who => who.Key, who => who.Value.All ? "*" : (object?)Texts(who.Value.Users))),
            ("avatar", of.Avatar),
            ("ext", Carried(of.Ext)));

        private static Fields Status(Status of) => Json.Made(
            ("name", of.Name),
            ("standalone", of.Standalone),
            ("inbox", of.Inbox),
            ("platforms", Listed(of.Platforms, one => Json.Made(
                ("name", one.Name), ("kind", Words.Of(one.Kind)), ("up", one.Up), ("waiting", one.Waiting), ("dead", one.Dead)))),
            ("introductions", Listed(of.Introductions, one => Json.Made(("name", one.Name), ("by", one.By)))));

        private static Fields DeadLetter(DeadLetter of) => Json.Made(
            ("number", of.Number), ("event", of.EventId.ToString()), ("kind", Words.Of(of.Kind)), ("platform", of.Platform),
            ("from", of.From), ("inbound", of.Inbound), ("why", of.Why));

        internal static Fields Attached(Attachment of) => Json.Made(
            ("kind", Words.Of(of.Kind)), ("url", of.Url), ("data", of.Data == null ? null : Convert.ToBase64String(of.Data)),
            ("mime", of.Mime), ("name", of.Name), ("size", of.Size));

        /// <summary>Who changed which message, where.</summary>
        private static Fields Change(MessageChange of) => Json.Made(
            ("kind", Words.Of(of.Kind)), ("room", of.Room.ToString()), ("sender", of.Sender.ToString()), ("sender_name", of.SenderName),
            ("of", of.Of.ToString()), ("local_room", of.LocalRoom), ("local_sender", of.LocalSender), ("recipients", Texts(of.Recipients)));

        /// <summary>An event as its handler sees it.</summary>
        internal static Fields Event(Event e)
        {
            Fields shown;
            switch (e)
            {
                case Message of:
                    shown = Json.Made(
                        ("kind", "message"), ("room", of.Room.ToString()), ("sender", of.Sender.ToString()), ("sender_name", of.SenderName),
                        ("text", of.Text), ("reply_to", of.ReplyTo?.ToString()),
                        ("attachments", of.Attachments.Select(Attached).Cast<object?>().ToList()), ("late", of.Late), ("ext", Carried(of.Ext)),
                        ("local_room", of.LocalRoom), ("local_sender", of.LocalSender), ("recipients", Texts(of.Recipients)));
                    break;
                case Edit of:
                    shown = Change(of);
                    shown["text"] = of.Text;
                    shown["attachments"] = of.Attachments?.Select(Attached).Cast<object?>().ToList();
                    shown["ext"] = Carried(of.Ext);
                    break;
                case Delete of:
                    shown = Change(of);
                    shown["of_platform"] = of.OfPlatform;
                    break;
                case Reaction of:
                    shown = Change(of);
                    shown["of_platform"] = of.OfPlatform;
                    shown["emoji"] = of.Emoji;
                    shown["on"] = of.On;
                    break;
                case UserChange of:
                    shown = User(of.User);
                    shown["kind"] = "user";
                    shown["local_user"] = of.LocalUser;
                    break;
                case RoomChange of:
                    shown = Json.Made(
                        ("kind", "room"), ("room", Room(of.Room)), ("changed_by", of.ChangedBy), ("local_room", of.LocalRoom),
                        ("recipients", Texts(of.Recipients)));
                    break;
                case PlatformChange of:
                    shown = Json.Made(("kind", "platform"), ("platform", of.Platform), ("change", Words.Of(of.Change)));
                    break;
                default:
                    var change = (DeliveryChange)e;
                    shown = Json.Made(
                        ("kind", "delivery"), ("publication", change.Publication.ToString()), ("platform", change.Platform),
                        ("state", Words.Of(change.State)), ("count", change.Count));
                    break;
            }
            Assert.Equal(shown["kind"], Words.Of(e.Kind));
            shown["event"] = e.EventId.ToString();
            shown["attempt"] = (long)e.Attempt;
            return shown;
        }
    }
}
