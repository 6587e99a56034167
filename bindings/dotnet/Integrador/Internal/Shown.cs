// What the native library returns, as applications see it.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using Integrador.Native;

namespace Integrador.Internal
{
    internal static class Shown
    {
        internal static ErrorKind Kind(FailureKind kind) => kind switch
        {
            FailureKind.Config => ErrorKind.Config,
            FailureKind.Invalid => ErrorKind.Invalid,
            FailureKind.Unauthorized => ErrorKind.Unauthorized,
            FailureKind.Forbidden => ErrorKind.Forbidden,
            FailureKind.NotAMember => ErrorKind.NotAMember,
            FailureKind.UnknownPlatform => ErrorKind.UnknownPlatform,
            FailureKind.UnknownRoom => ErrorKind.UnknownRoom,
            FailureKind.UnknownMessage => ErrorKind.UnknownMessage,
            FailureKind.Conflict => ErrorKind.Conflict,
            FailureKind.TooLarge => ErrorKind.TooLarge,
            FailureKind.Busy => ErrorKind.Busy,
            FailureKind.Closed => ErrorKind.Closed,
            FailureKind.Store => ErrorKind.Store,
            FailureKind.Transport => ErrorKind.Transport,
            _ => ErrorKind.Internal,
        };

        internal static IReadOnlyList<TShown> All<T, TShown>(IReadOnlyList<T> all, Func<T, TShown> shown)
        {
            if (all.Count == 0)
            {
                return Array.Empty<TShown>();
            }
            var list = new TShown[all.Count];
            for (int i = 0; i < list.Length; i++)
            {
                list[i] = shown(all[i]);
            }
            return list;
        }

        internal static Guid EventId(string text) => Guid.ParseExact(text, "D");

        internal static ExternalId External(Native.ExternalId id) => new ExternalId(id.Platform, id.Id);

        internal static User User(Native.User user) => new User(External(user.Id), user.Name, user.Active, user.Avatar, Ext(user.Ext));

        internal static Room Room(Native.Room room) => new Room(
            External(room.Id),
            room.Name,
            room.Kind == Native.RoomKind.Public ? RoomKind.Public : RoomKind.Private,
            Dictionary(room.Members, of => of.Platform, of => of.Ids),
            Dictionary(room.Banned, of => of.Platform, of => of.Ids == null ? Banned.Everybody : Banned.Of(of.Ids)),
            room.Avatar,
            Ext(room.Ext));

        internal static Platform Platform(Native.Platform platform) =>
            new Platform(platform.Name, platform.SupportImage, platform.SupportAudio, platform.Via, platform.Own);

        internal static Receipt Receipt(Native.Receipt receipt) => new Receipt(Optional(receipt.EventId), receipt.Destinations, receipt.Duplicate);

        internal static Published Published(Native.Published published) => new Published(
            published.Receipt == null ? null : Receipt(published.Receipt),
            published.Refusal == null ? null : Failures.Of(published.Refusal));

        internal static Delivery Delivery(Native.Delivery delivery) =>
            new Delivery(delivery.Platform, State(delivery.State), delivery.At, delivery.Why);

        internal static Status Status(Native.Status status) => new Status(
            status.Name,
            status.Standalone,
            status.Version,
            EventId(status.Store),
            Count(status.Inbox),
            All(status.Platforms, PlatformStatus),
            All(status.Introductions, of => new Introduction(of.Name, of.Endpoint, of.By, of.Since)));

        internal static Invite Invite(Native.Invite invite) => new Invite(invite.Id, invite.Url, invite.Expires, invite.Text);

        internal static InviteInfo InviteInfo(Native.InviteInfo invite) =>
            new InviteInfo(invite.Id, invite.Made, invite.Expires, invite.UsedBy);

        internal static Joined Joined(Native.Joined joined) => new Joined(joined.Inviter, All(joined.Platforms, name => name));

        internal static DeadLetter DeadLetter(Native.DeadLetter dead) => new DeadLetter(
            dead.Number,
            EventId(dead.EventId),
            dead.Kind switch
            {
                Native.EventKind.User => EventKind.User,
                Native.EventKind.Room => EventKind.Room,
                Native.EventKind.Message => EventKind.Message,
                Native.EventKind.Platform => EventKind.Platform,
                Native.EventKind.Receipt => EventKind.Receipt,
                Native.EventKind.Delivery => EventKind.Delivery,
                Native.EventKind.Edit => EventKind.Edit,
                Native.EventKind.Delete => EventKind.Delete,
                _ => EventKind.Reaction,
            },
            dead.Platform,
            dead.From,
            dead.Inbound,
            dead.Why,
            dead.At,
            dead.Body);

        internal static Finding Finding(Native.Finding finding) => new Finding(
            finding.Platform,
            finding.Kind switch
            {
                Native.FindingKind.Registry => FindingKind.Registry,
                Native.FindingKind.Unreachable => FindingKind.Unreachable,
                Native.FindingKind.Refused => FindingKind.Refused,
                Native.FindingKind.Odd => FindingKind.Odd,
                Native.FindingKind.Itself => FindingKind.Itself,
                Native.FindingKind.OtherName => FindingKind.OtherName,
                Native.FindingKind.NotKnownHere => FindingKind.NotKnownHere,
                Native.FindingKind.NotKnownThere => FindingKind.NotKnownThere,
                Native.FindingKind.HostedTwice => FindingKind.HostedTwice,
                _ => FindingKind.Members,
            },
            finding.Other,
            finding.What,
            finding.ToDo);

        internal static Metric Metric(Native.Metric metric) => new Metric(
            metric.Name,
            Dictionary(metric.Labels, of => of.Name, of => of.Value),
            metric.Value,
            metric.Kind == Native.MetricKind.Counter ? MetricKind.Counter : MetricKind.Gauge,
            metric.Help);

        internal static IPEndPoint? EndPoint(Address? address) =>
            address == null ? null : new IPEndPoint(IPAddress.Parse(address.Host), address.Port);

        internal static Response Response(Native.Response response) => new Response(
            response.Status,
            All(response.Headers, of => new KeyValuePair<string, string>(of.Name, of.Value)),
            response.Body);

        internal static Event Event(Native.Event e, ILookup lookup)
        {
            Guid id = EventId(e.Id);
            int attempt = e.Attempt > int.MaxValue ? int.MaxValue : (int)e.Attempt;
            return e.Body switch
            {
                EventBody.MessageCame of => new Message(
                    id,
                    attempt,
                    External(of.Room),
                    External(of.Sender),
                    of.SenderName,
                    of.Text,
                    of.SentAt,
                    Optional(of.ReplyTo),
                    All(of.Attachments, Attachment),
                    of.Late,
                    of.Traceparent,
                    Ext(of.Ext),
                    lookup),
                EventBody.MessageEdited of => new Edit(
                    id,
                    attempt,
                    External(of.Change.Room),
                    External(of.Change.Sender),
                    of.Change.SenderName,
                    EventId(of.Change.Of),
                    of.Text,
                    of.Attachments == null ? null : All(of.Attachments, Attachment),
                    Ext(of.Ext),
                    lookup),
                EventBody.MessageDeleted of => new Delete(
                    id,
                    attempt,
                    External(of.Change.Room),
                    External(of.Change.Sender),
                    of.Change.SenderName,
                    EventId(of.Change.Of),
                    of.OfPlatform,
                    lookup),
                EventBody.ReactionChanged of => new Reaction(
                    id,
                    attempt,
                    External(of.Change.Room),
                    External(of.Change.Sender),
                    of.Change.SenderName,
                    EventId(of.Change.Of),
                    of.OfPlatform,
                    of.Emoji,
                    of.On,
                    lookup),
                EventBody.UserChanged of => new UserChange(id, attempt, User(of.User), lookup),
                EventBody.RoomChanged of => new RoomChange(id, attempt, Room(of.Room), of.By, lookup),
                EventBody.PlatformChanged of => new PlatformChange(id, attempt, of.Name, State(of.Change), of.Why, lookup),
                EventBody.DeliveryChanged of => new DeliveryChange(
                    id, attempt, EventId(of.Publication), of.Destination, State(of.State), of.Why, Count(of.Count), lookup),
                _ => throw new IntegradorException(ErrorKind.Internal, "an event of a kind that is not known here"),
            };
        }

        internal static long Count(ulong count) => count > long.MaxValue ? long.MaxValue : (long)count;

        private static Ext? Ext(string? json) => json == null ? null : new Ext(json);

        private static Guid? Optional(string? id) => id == null ? (Guid?)null : EventId(id);

        private static IReadOnlyDictionary<string, TValue> Dictionary<T, TValue>(
            IReadOnlyList<T> all, Func<T, string> key, Func<T, TValue> value)
        {
            var made = new Dictionary<string, TValue>(all.Count, StringComparer.Ordinal);
            foreach (T of in all)
            {
                made[key(of)] = value(of);
            }
            return made;
        }

        private static PlatformStatus PlatformStatus(Native.PlatformStatus status) => new PlatformStatus(
            status.Name,
            status.Kind switch
            {
                Native.PlatformKind.Plain => PlatformKind.Plain,
                Native.PlatformKind.Node => PlatformKind.Node,
                _ => PlatformKind.Unknown,
            },
            status.Via,
            status.Up,
            status.Since,
            status.LastContact,
            Count(status.Waiting),
            status.Oldest,
            Count(status.Dead),
            status.Alarm,
            status.ImportError,
            status.LastError,
            status.NextTry,
            All(status.Findings, Finding));

        private static Attachment Attachment(Native.Attachment attachment) => new Attachment(
            attachment.Kind switch
            {
                Native.AttachmentKind.Image => AttachmentKind.Image,
                Native.AttachmentKind.Audio => AttachmentKind.Audio,
                _ => AttachmentKind.File,
            },
            attachment.Url,
            attachment.Data,
            attachment.Mime,
            attachment.Name,
            attachment.Size is ulong size ? Count(size) : (long?)null);

        private static DeliveryState State(Native.DeliveryState state) => state switch
        {
            Native.DeliveryState.Waiting => DeliveryState.Waiting,
            Native.DeliveryState.Accepted => DeliveryState.Accepted,
            Native.DeliveryState.Parked => DeliveryState.Parked,
            Native.DeliveryState.Delivered => DeliveryState.Delivered,
            Native.DeliveryState.Dead => DeliveryState.Dead,
            _ => DeliveryState.Unsupported,
        };

        private static PlatformState State(Native.PlatformState state) => state switch
        {
            Native.PlatformState.Up => PlatformState.Up,
            Native.PlatformState.Down => PlatformState.Down,
            Native.PlatformState.Joined => PlatformState.Joined,
            Native.PlatformState.Removed => PlatformState.Removed,
            _ => PlatformState.Refused,
        };
    }
}
