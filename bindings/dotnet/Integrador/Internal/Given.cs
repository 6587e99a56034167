// What an application gave, for the native library: converted, and refused where it can't be.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Integrador.Native;

namespace Integrador.Internal
{
    internal static class Given
    {
        internal static T NotNull<T>(T? value, string name)
            where T : class => value ?? throw new ArgumentNullException(name);

        /// <summary>A text; one with half of a pair of surrogates can't be sent.</summary>
        internal static string Text(string? value, string name)
        {
            string text = NotNull(value, name);
            for (int i = 0; i < text.Length; i++)
            {
                if (char.IsSurrogate(text[i]))
                {
                    if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                    {
                        throw Failures.Invalid(name, "expected text: at " + i + " stands half of a pair of surrogates");
                    }
                    i++;
                }
            }
            return text;
        }

        internal static string? TextOrNull(string? value, string name) => value == null ? null : Text(value, name);

        /// <summary>How long to wait; null: without end.</summary>
        internal static TimeSpan? Timeout(TimeSpan timeout)
        {
            if (timeout == System.Threading.Timeout.InfiniteTimeSpan)
            {
                return null;
            }
            if (timeout < TimeSpan.Zero)
            {
                throw Failures.Invalid("timeout", "expected zero or more, or Timeout.InfiniteTimeSpan for as long as it takes");
            }
            return timeout;
        }

        internal static Reference Ref(Ref? given, string name) => NotNull(given, name) switch
        {
            ExternalId external => new Reference(Text(external.Platform, name), Text(external.Id, name)),
            OwnRef own => new Reference(null, Text(own.Id, name)),
            _ => throw new ArgumentException("A reference is made by Ref.Own, or is an ExternalId.", name),
        };

        internal static Native.ExternalId External(ExternalId? given, string name)
        {
            ExternalId id = NotNull(given, name);
            return new Native.ExternalId(Text(id.Platform, name), Text(id.Id, name));
        }

        internal static Native.BindKind Kind(BindKind kind) => kind switch
        {
            BindKind.User => Native.BindKind.User,
            BindKind.Room => Native.BindKind.Room,
            _ => throw Failures.Invalid("kind", "expected User or Room"),
        };

        internal static Native.RoomKind Kind(RoomKind kind) => kind switch
        {
            RoomKind.Private => Native.RoomKind.Private,
            RoomKind.Public => Native.RoomKind.Public,
            _ => throw Failures.Invalid("kind", "expected Private or Public"),
        };

        internal static Native.NewUser User(NewUser? user)
        {
            NewUser given = NotNull(user, nameof(user));
            return new Native.NewUser(Text(given.Id, "id"), Text(given.Name, "name"), TextOrNull(given.Avatar, "avatar"), given.Ext?.Json);
        }

        internal static IReadOnlyList<Native.NewUser> Users(IEnumerable<NewUser> users) =>
            NotNull(users, nameof(users)).Select(user => User(NotNull(user, nameof(users)))).ToList();

        internal static IReadOnlyList<Native.NewUser> Users(IReadOnlyDictionary<string, string> users) => NotNull(users, nameof(users))
            .Select(user => new Native.NewUser(Text(user.Key, nameof(users)), Text(user.Value, nameof(users)), null, null)).ToList();

        internal static Native.NewRoom Room(NewRoom? room)
        {
            NewRoom given = NotNull(room, nameof(room));
            return Room(given, given.Members);
        }

        internal static Native.NewRoom Room(NewRoom given, IEnumerable<KeyValuePair<string, IReadOnlyList<string>>>? members) => new Native.NewRoom(
            Text(given.Id, "id"),
            Text(given.Name, "name"),
            Kind(given.Kind),
            members == null ? Array.Empty<Members>() : Members(members),
            given.Banned == null ? Array.Empty<Native.Banned>() : BannedFrom(given.Banned),
            TextOrNull(given.Avatar, "avatar"),
            given.Ext?.Json);

        internal static string EventId(Guid id) => id.ToString("D", CultureInfo.InvariantCulture);

        internal static IReadOnlyList<string> EventIds(IEnumerable<Guid> eventIds) =>
            NotNull(eventIds, nameof(eventIds)).Select(EventId).ToList();

        internal static Native.NewMessage Message(NewMessage? message)
        {
            NewMessage given = NotNull(message, nameof(message));
            return new Native.NewMessage(
                Ref(given.Room, "room"),
                Ref(given.Sender, "sender"),
                Text(given.Text, "text"),
                TextOrNull(given.Key, "key"),
                given.SentAt,
                given.ReplyTo is Guid id ? EventId(id) : null,
                given.Attachments == null ? Array.Empty<Native.Attachment>() : Attachments(given.Attachments),
                TextOrNull(given.Traceparent ?? Trace.Current, "traceparent"),
                given.Ext?.Json);
        }

        internal static EditMessage Edit(Guid eventId, Ref? sender, string? text, IEnumerable<Attachment>? attachments, Ext? ext) => new EditMessage(
            EventId(eventId), Ref(sender, nameof(sender)), Text(text, nameof(text)), attachments == null ? null : Attachments(attachments), ext?.Json);

        internal static DeleteMessage Delete(Guid eventId, Ref? sender, string? ofPlatform) =>
            new DeleteMessage(EventId(eventId), Ref(sender, nameof(sender)), TextOrNull(ofPlatform, nameof(ofPlatform)));

        internal static NewReaction Reaction(Guid eventId, string? ofPlatform, Ref? sender, string? emoji, bool on) => new NewReaction(
            EventId(eventId), Text(ofPlatform, nameof(ofPlatform)), Ref(sender, nameof(sender)), Text(emoji, nameof(emoji)), on);

        internal static IReadOnlyList<Native.NewMessage> Messages(IEnumerable<NewMessage> messages) =>
            NotNull(messages, nameof(messages)).Select(message => Message(NotNull(message, nameof(messages)))).ToList();

        internal static Which Which(DeadLetters? which) => new Which(
            TextOrNull(which?.Platform, "platform"),
            which?.NumberOf,
            which?.EventId is Guid id ? EventId(id) : null);

        internal static Native.Request Request(Request? request)
        {
            Request given = NotNull(request, nameof(request));
            IEnumerable<Header> headers = given.Headers.Select(of => new Header(Text(of.Key, "headers"), Text(of.Value, "headers")));
            return new Native.Request(
                Text(given.Method, "method"), Text(given.Path, "path"), Text(given.Query, "query"), headers.ToList(), given.Body);
        }

        private static IReadOnlyList<string> Ids(IReadOnlyList<string> ids, string name) => NotNull(ids, name).Select(id => Text(id, name)).ToList();

        private static IReadOnlyList<Members> Members(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> members) =>
            members.Select(of => new Members(Text(of.Key, nameof(members)), Ids(of.Value, nameof(members)))).ToList();

        private static IReadOnlyList<Native.Banned> BannedFrom(IEnumerable<KeyValuePair<string, Banned>> banned)
        {
            IReadOnlyList<string>? Some(Banned users) => NotNull(users, nameof(banned)).All ? null : Ids(users.Users, nameof(banned));
            return banned.Select(of => new Native.Banned(Text(of.Key, nameof(banned)), Some(of.Value))).ToList();
        }

        private static IReadOnlyList<Native.Attachment> Attachments(IEnumerable<Attachment> given) => given.Select(Attachment).ToList();

        private static Native.Attachment Attachment(Attachment? attachment)
        {
            Attachment given = NotNull(attachment, "attachments");
            if (given.Size < 0)
            {
                throw Failures.Invalid("size", "expected a number of bytes, at least 0");
            }
            return new Native.Attachment(
                given.Kind switch
                {
                    AttachmentKind.Image => Native.AttachmentKind.Image,
                    AttachmentKind.Audio => Native.AttachmentKind.Audio,
                    AttachmentKind.File => Native.AttachmentKind.File,
                    _ => throw Failures.Invalid("kind", "expected Image, Audio or File"),
                },
                TextOrNull(given.Url, "url"),
                given.Data,
                TextOrNull(given.Mime, "mime"),
                TextOrNull(given.Name, "name"),
                (ulong?)given.Size);
        }
    }
}
