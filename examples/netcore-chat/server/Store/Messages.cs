using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    /// <summary>Messages, what is attached to them, and how far each has come.</summary>
    internal sealed class Messages
    {
        private readonly Database database;
        private readonly Ids ids;

        internal Messages(Database database, Ids ids)
        {
            this.database = database;
            this.ids = ids;
        }

        /// <summary>A message of a user of this app, to be published. The same key again: the message that it already is.</summary>
        internal async Task<Message> AddOwnAsync(Draft draft, string key)
        {
            long id = await database.WriteAsync((now, entries) =>
            {
                if (now.ByKey.TryGetValue(key, out MessageRow? there))
                {
                    return there.Id;
                }
                MessageRow row = Row(now, draft, DateTimeOffset.UtcNow);
                row.Key = key;
                entries.Add(new Entry { Message = row });
                return row.Id;
            });
            return Find(id)!;
        }

        /// <summary>A message of another platform; null if it is here already, under this event id.</summary>
        internal async Task<Message?> AddForeignAsync(Draft draft, Guid e, DateTimeOffset? at)
        {
            long? id = await database.WriteAsync((now, entries) =>
            {
                if (now.ByEvent.ContainsKey(e))
                {
                    return (long?)null;
                }
                MessageRow row = Row(now, draft, at ?? DateTimeOffset.UtcNow);
                row.Event = e;
                row.Place = e.ToString();
                row.Published = true;
                entries.Add(new Entry { Message = row });
                entries.AddRange(Changes.CatchUp(ids, now, row, e));
                return row.Id;
            });
            return id is long there ? Find(there) : null;
        }

        private static MessageRow Row(State now, Draft draft, DateTimeOffset at) => new MessageRow
        {
            Id = now.LastMessage + 1,
            Conversation = draft.Conversation,
            Sender = draft.Sender,
            SenderName = draft.SenderName,
            Text = draft.Text,
            At = at,
            Files = draft.Files.ToList(),
            Reply = draft.Reply,
            ReplyEvent = draft.ReplyEvent,
        };

        internal Message? Find(long id) => database.Read(now => now.Messages.TryGetValue(id, out MessageRow? row) ? Shown(now, row) : null);

        /// <summary>Up to that many messages before that one, or the last ones; the first one first.</summary>
        internal IReadOnlyList<Message> Page(Guid conversation, long? before, int limit) => database.Read(now =>
        {
            Reading reading = now.Conversations[conversation];
            int end = reading.Messages.Count;
            if (before is long id)
            {
                end = now.Messages.TryGetValue(id, out MessageRow? row) && row.Conversation == conversation ? reading.IndexOf(row) : 0;
            }
            int begin = Math.Max(0, end - limit);
            return reading.Messages.Skip(begin).Take(end - begin).Select(row => Shown(now, row)).ToList();
        });

        /// <summary>What is attached to a message, with its bytes.</summary>
        internal IReadOnlyList<Attached> Files(long id) => database.FilesOf(id);

        /// <summary>Own messages that the node doesn't have yet, in the order in which they were written.</summary>
        internal IReadOnlyList<Message> Unpublished(int limit) =>
            database.Read(now => now.Unpublished.Take(limit).Select(id => Shown(now, now.Messages[id])).ToList());

        /// <summary>The event id of what a message answers.</summary>
        internal Guid? Answered(long id) => database.Read(now => Changes.Answered(now, now.Messages[id])?.Event);

        /// <summary>The node has them, under these event ids, and they wait for these platforms.</summary>
        internal Task PublishedAsync(IEnumerable<(long Message, Guid Event, IReadOnlyList<string> To)> published) => database.WriteAsync((now, entries) =>
        {
            foreach ((long message, Guid e, IReadOnlyList<string> to) in published)
            {
                // Others may have been faster, above all if the process died in between.
                List<Entry> early = Changes.CatchUp(ids, now, now.Messages[message], e).ToList();
                entries.Add(new Entry { Place = new PlaceRow { Message = message, Event = e, Place = e.ToString() } });
                entries.AddRange(to.Select(platform => new Entry
                {
                    Tick = new TickRow { Message = message, Tick = new Tick { Platform = platform, State = Ticks.Waiting } },
                }));
                entries.AddRange(early);
            }
            return true;
        });

        /// <summary>The node has refused it for good: it stands after all that is there.</summary>
        internal Task FailedAsync(long id, string why) => database.WriteAsync((now, entries) =>
        {
            string? last = now.Conversations[now.Messages[id].Conversation].Messages.LastOrDefault(row => row.Place != null)?.Place;
            entries.Add(new Entry { Place = new PlaceRow { Message = id, Place = last ?? "", Failed = why } });
            return true;
        });

        // Deliveries.

        /// <summary>Sets where the message of this event stands at platforms, and tells which message that is; null if the event is none.</summary>
        /// <param name="e">The event.</param>
        /// <param name="ticks">One for each platform.</param>
        /// <param name="reread">They were asked for, and may have been overtaken by a newer event: they never undo an end.</param>
        internal Task<long?> TickAsync(Guid e, IReadOnlyList<Tick> ticks, bool reread) => database.WriteAsync((now, entries) =>
        {
            if (!now.ByEvent.TryGetValue(e, out MessageRow? row))
            {
                return (long?)null;
            }
            entries.AddRange(Changed(row.Ticks, ticks, reread).Select(tick => new Entry { Tick = new TickRow { Message = row.Id, Tick = tick } }));
            return row.Id;
        });

        /// <summary>Those of them that say something new.</summary>
        internal static IEnumerable<Tick> Changed(IReadOnlyList<Tick> known, IReadOnlyList<Tick> ticks, bool reread) => ticks.Where(tick =>
        {
            Tick? old = known.FirstOrDefault(one => one.Platform == tick.Platform);
            bool same = old != null && old.State == tick.State && old.Why == tick.Why;
            return !same && !(reread && old != null && Ticks.IsEnd(old.State));
        });

        /// <summary>The event ids of up to that many messages, the latest, that are not yet at their end everywhere.</summary>
        internal IReadOnlyList<Guid> OnTheirWay(int limit) =>
            database.Read(now => now.OnTheirWay.Reverse().Take(limit).Select(id => now.Messages[id].Event!.Value).ToList());

        internal static Message Shown(State now, MessageRow row) => new Message(
            row.Id,
            row.Conversation,
            row.Sender,
            row.SenderName,
            row.Text,
            row.At,
            row.Key,
            row.Place,
            row.Files.Select((file, n) => new Link(file.Kind, file.Url ?? $"/app/files/{row.Id}/{n}", file.Name)).ToList(),
            row.Ticks.OrderBy(tick => tick.Platform, StringComparer.Ordinal).ToList(),
            row.Failed)
        {
            Notice = row.Notice,
            Revision = row.Revision,
            Edited = row.Edited != null,
            Deleted = row.Deleted,
            Reply = Changes.ReplyOf(now, row),
            Reactions = Changes.Reactions(row),
            Changes = Changes.Own(row),
        };
    }
}
