using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    /// <summary>
    /// What is said of messages that are there: another text, a delete, reactions. What others say is recognised by its event id, and waits
    /// if it comes before its message.
    /// <para>Who may: for edits and deletes that is the person whose message it is, and for deletes the platform whose room it is. The node
    /// knows platforms, and leaves it to the chat to tell the people of one apart.</para>
    /// </summary>
    internal sealed class Changes
    {
        /// <summary>Different reactions of one person to one message.</summary>
        private const int MostReactions = 20;

        private const int Beginning = 200;

        private readonly Database database;
        private readonly Ids ids;

        internal Changes(Database database, Ids ids)
        {
            this.database = database;
            this.ids = ids;
        }

        /// <summary>What a user of this app says of a message, to be published; null if it is taken. The same key again: it was.</summary>
        internal Task<Not?> AddOwnAsync(Guid conversation, long message, Guid sender, string key, Said said) => database.WriteAsync((now, entries) =>
        {
            if (now.Said.ByKey.ContainsKey(key))
            {
                return (Not?)null;
            }
            if (!now.Messages.TryGetValue(message, out MessageRow? row) || row.Conversation != conversation || row.Deleted || row.Failed != null || row.Notice != null)
            {
                return Not.There;
            }
            if (said.Kind != Said.Reaction && row.Sender != sender)
            {
                return Not.Theirs;
            }
            if (row.Event == null)
            {
                return Not.Yet;
            }
            if (said.Kind == Said.Edit && string.IsNullOrEmpty(said.Text) && row.Files.Count == 0)
            {
                return Not.Empty;
            }
            SaidRow entry = Row(row.Id, sender, null, said);
            if (!Counts(row, entry))
            {
                return Not.More;
            }
            entry.Key = key;
            entry.Change = now.Said.Last + 1;
            entries.Add(new Entry { Said = entry });
            return null;
        });

        /// <summary>What somebody elsewhere says of the message of that event. The message, if that changes it; if it is not here, it is waited for.</summary>
        internal Task<long?> AddForeignAsync(Guid of, Guid e, string platform, Guid sender, Said said) => database.WriteAsync((now, entries) =>
        {
            if (now.ByEvent.TryGetValue(of, out MessageRow? row))
            {
                SaidRow entry = Row(row.Id, sender, e, said);
                if (!Lets(ids, now, row, platform, entry) || !Counts(row, entry))
                {
                    return (long?)null;
                }
                entries.Add(new Entry { Said = entry });
                return row.Id;
            }
            if (now.Said.Early.All(early => early.Said.Event != e))
            {
                entries.Add(new Entry { Early = new EarlyRow { Of = of, Platform = platform, Said = Row(0, sender, e, said) } });
            }
            return null;
        });

        /// <summary>What waited for a message that is being stored, or has got its event id: to be written with that.</summary>
        internal static IEnumerable<Entry> CatchUp(Ids ids, State now, MessageRow row, Guid e)
        {
            // What is done of it counts for what comes after it.
            var after = new MessageRow
            {
                Id = row.Id, Conversation = row.Conversation, Sender = row.Sender, Deleted = row.Deleted, Edited = row.Edited, Reactions = row.Reactions.ToList(),
            };
            var scratch = new SaidState();
            foreach (EarlyRow early in now.Said.Awaiting(e))
            {
                SaidRow said = early.Said;
                said.Message = row.Id;
                if (Lets(ids, now, after, early.Platform, said) && Counts(after, said))
                {
                    scratch.Apply(after, said);
                    yield return new Entry { Said = said };
                }
            }
        }

        private static SaidRow Row(long message, Guid sender, Guid? e, Said said) => new SaidRow
        {
            Message = message,
            Sender = sender,
            Event = e,
            Kind = said.Kind,
            Text = said.Text,
            Files = said.Files?.ToList(),
            Emoji = said.Emoji,
            Removed = !said.On,
        };

        /// <summary>Whether somebody elsewhere may say it.</summary>
        private static bool Lets(Ids ids, State now, MessageRow row, string platform, SaidRow said) =>
            said.Kind == Said.Reaction || row.Sender == said.Sender
            || (said.Kind == Said.Delete && ids.PlatformOf(now.Conversations[row.Conversation].Row.External) == platform);

        /// <summary>Whether it changes the message: a delete is final, and of what others say the greatest event id counts.</summary>
        private static bool Counts(MessageRow row, SaidRow said)
        {
            string e = said.Event?.ToString() ?? "";
            bool Newer(string? old) => e.Length == 0 || string.CompareOrdinal(old ?? "", e) < 0;
            if (row.Deleted)
            {
                return false;
            }
            switch (said.Kind)
            {
                case Said.Edit:
                    return Newer(row.Edited);
                case Said.Delete:
                    return true;
                default:
                    ReactionRow? old = row.Reactions.FirstOrDefault(one => one.Person == said.Sender && one.Emoji == said.Emoji);
                    return old != null ? Newer(old.Event) : row.Reactions.Count(one => one.Person == said.Sender) < MostReactions;
            }
        }

        // On their way.

        internal IReadOnlyList<OutgoingChange> Unpublished(int limit) => database.Read(now => now.Said.Unpublished.Take(limit).Select(id =>
        {
            (MessageRow message, ChangeRow change) = now.Said.Changes[id];
            var said = new Said(change.Kind, change.Text, null, change.Emoji, !change.Removed);
            return new OutgoingChange(id, message.Id, change.Sender, said, message.Event!.Value, message.Sender);
        }).ToList());

        internal Task SentAsync(long change, Guid? e, string? failed) => database.WriteAsync((_, entries) =>
        {
            entries.Add(new Entry { Sent = new SentRow { Change = change, Event = e, Failed = failed } });
            return true;
        });

        /// <summary>As <see cref="Messages.TickAsync"/>, of a change. Nobody tells when a reaction has arrived, so of those only ends are kept.</summary>
        internal Task<long?> TickAsync(Guid e, IReadOnlyList<Tick> ticks, bool reread) => database.WriteAsync((now, entries) =>
        {
            if (!now.Said.ByEvent.TryGetValue(e, out long id))
            {
                return (long?)null;
            }
            (MessageRow message, ChangeRow change) = now.Said.Changes[id];
            entries.AddRange(Messages.Changed(change.Ticks, ticks, reread)
                .Where(tick => change.Kind != Said.Reaction || Ticks.IsEnd(tick.State))
                .Select(tick => new Entry { ChangeTick = new ChangeTickRow { Change = id, Tick = tick } }));
            return message.Id;
        });

        internal IReadOnlyList<Guid> OnTheirWay(int limit) =>
            database.Read(now => now.Said.OnTheirWay.Reverse().Take(limit).Select(id => now.Said.Changes[id].Change.Event!.Value).ToList());

        // As the page sees it.

        /// <summary>What it answers. An event id tells nothing of another conversation.</summary>
        internal static MessageRow? Answered(State now, MessageRow row)
        {
            MessageRow? found = null;
            if (row.Reply is long id)
            {
                now.Messages.TryGetValue(id, out found);
            }
            else if (row.ReplyEvent is Guid e)
            {
                now.ByEvent.TryGetValue(e, out found);
            }
            return found?.Conversation == row.Conversation ? found : null;
        }

        internal static Reply? ReplyOf(State now, MessageRow row)
        {
            if (row.Reply == null && row.ReplyEvent == null)
            {
                return null;
            }
            return !(Answered(now, row) is MessageRow found) ? new Reply() : new Reply
            {
                Message = found.Id,
                Sender = found.Sender,
                SenderName = found.SenderName,
                Text = Web.Texts.First(found.Text, Beginning),
                What = found.Files.FirstOrDefault()?.Kind,
                Deleted = found.Deleted,
            };
        }

        /// <summary>In the order in which the first of each kind came, be it taken back by now or not: so none changes its place.</summary>
        internal static List<Reaction> Reactions(MessageRow row) => row.Reactions
            .GroupBy(one => one.Emoji)
            .Select(kind => new Reaction { Emoji = kind.Key, People = kind.Where(one => !one.Removed).Select(one => one.Person).ToList() })
            .Where(kind => kind.People.Count > 0)
            .ToList();

        /// <summary>What users of this app have said of it and is in force: the latest edit or delete, and each reaction.</summary>
        internal static List<Change> Own(MessageRow row) => row.Changes
            .GroupBy(change => change.Kind == Said.Reaction ? (change.Sender, change.Emoji) : (Guid.Empty, null))
            .Select(kind => kind.Last())
            .Where(change => !change.Removed)
            .OrderBy(change => change.Id)
            .Select(change => new Change
            {
                Kind = change.Kind,
                Sender = change.Sender,
                Emoji = change.Emoji,
                Sent = change.Published,
                Deliveries = change.Ticks.OrderBy(tick => tick.Platform, StringComparer.Ordinal).ToList(),
                Failed = change.Failed,
            })
            .ToList();
    }
}
