using System;
using System.Collections.Generic;
using System.Linq;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    // What is said of messages, as it is written into the journal and as it is held in memory.

    /// <summary>A message has changed, by somebody's edit, delete or reaction.</summary>
    internal sealed class SaidRow
    {
        public long Message { get; set; }

        public Guid Sender { get; set; }

        /// <summary>Null: said by a user of this app.</summary>
        public Guid? Event { get; set; }

        public string Kind { get; set; } = "";

        public string? Text { get; set; }

        public List<Attached>? Files { get; set; }

        public string? Emoji { get; set; }

        public bool Removed { get; set; }

        /// <summary>The page's own; of what is said here.</summary>
        public string? Key { get; set; }

        /// <summary>Of what is said here: its number.</summary>
        public long Change { get; set; }
    }

    /// <summary>Somebody's reaction; taken back, it is kept to know what is older than that.</summary>
    internal sealed class ReactionRow
    {
        public Guid Person { get; set; }

        public string Emoji { get; set; } = "";

        public string Event { get; set; } = "";

        public bool Removed { get; set; }
    }

    /// <summary>What a user of this app has said of a message, for the other platforms.</summary>
    internal sealed class ChangeRow
    {
        public long Id { get; set; }

        public Guid Sender { get; set; }

        public string Kind { get; set; } = "";

        public string? Text { get; set; }

        public string? Emoji { get; set; }

        public bool Removed { get; set; }

        public string Key { get; set; } = "";

        public Guid? Event { get; set; }

        public bool Published { get; set; }

        public string? Failed { get; set; }

        public List<Tick> Ticks { get; set; } = new List<Tick>();
    }

    /// <summary>The node has taken a change, or refused it for good.</summary>
    internal sealed class SentRow
    {
        public long Change { get; set; }

        /// <summary>Null: it changed nothing.</summary>
        public Guid? Event { get; set; }

        public string? Failed { get; set; }
    }

    internal sealed class ChangeTickRow
    {
        public long Change { get; set; }

        public Tick Tick { get; set; } = new Tick();
    }

    /// <summary>Somebody elsewhere has said something of a message that is not here yet.</summary>
    internal sealed class EarlyRow
    {
        /// <summary>The event of the message.</summary>
        public Guid Of { get; set; }

        /// <summary>Whose user it is that said it.</summary>
        public string Platform { get; set; } = "";

        public SaidRow Said { get; set; } = new SaidRow();
    }

    /// <summary>What is said of messages, in memory: what waits for its message, and what this app's own people have said. Its user locks it.</summary>
    internal sealed class SaidState
    {
        /// <summary>Of one platform; the latest are kept.</summary>
        private const int MostEarly = 1_000;

        private readonly Dictionary<string, List<EarlyRow>> early = new Dictionary<string, List<EarlyRow>>(StringComparer.Ordinal);

        internal Dictionary<long, (MessageRow Message, ChangeRow Change)> Changes { get; } = new Dictionary<long, (MessageRow, ChangeRow)>();

        internal Dictionary<string, MessageRow> ByKey { get; } = new Dictionary<string, MessageRow>(StringComparer.Ordinal);

        internal Dictionary<Guid, long> ByEvent { get; } = new Dictionary<Guid, long>();

        /// <summary>What the node doesn't have yet.</summary>
        internal SortedSet<long> Unpublished { get; } = new SortedSet<long>();

        internal SortedSet<long> OnTheirWay { get; } = new SortedSet<long>();

        internal long Last { get; private set; }

        internal IEnumerable<EarlyRow> Early => early.Values.SelectMany(rows => rows);

        /// <summary>What waits for the message of this event, in the order of its events.</summary>
        internal List<EarlyRow> Awaiting(Guid e) => Early.Where(row => row.Of == e).OrderBy(row => row.Said.Event.ToString(), StringComparer.Ordinal).ToList();

        internal void Apply(EarlyRow row)
        {
            if (!early.TryGetValue(row.Platform, out List<EarlyRow>? rows))
            {
                early.Add(row.Platform, rows = new List<EarlyRow>());
            }
            rows.Add(row);
            if (rows.Count > MostEarly)
            {
                rows.RemoveAt(0);
            }
        }

        /// <summary>The message of this event has come.</summary>
        internal void Came(Guid e)
        {
            foreach (List<EarlyRow> rows in early.Values)
            {
                rows.RemoveAll(row => row.Of == e);
            }
        }

        /// <summary>Knows a change that is in its message's row.</summary>
        internal void Add(MessageRow message, ChangeRow change)
        {
            Changes.Add(change.Id, (message, change));
            ByKey[change.Key] = message;
            Last = Math.Max(Last, change.Id);
            Watch(change);
        }

        internal void Apply(SentRow sent)
        {
            ChangeRow change = Changes[sent.Change].Change;
            change.Published = true;
            change.Event = sent.Event;
            change.Failed = sent.Failed;
            Watch(change);
        }

        internal void Apply(ChangeTickRow row)
        {
            ChangeRow change = Changes[row.Change].Change;
            change.Ticks.RemoveAll(old => old.Platform == row.Tick.Platform);
            change.Ticks.Add(row.Tick);
            Watch(change);
        }

        private void Watch(ChangeRow change)
        {
            if (change.Event is Guid e)
            {
                ByEvent[e] = change.Id;
            }
            Keep(Unpublished, change.Id, !change.Published);
            Keep(OnTheirWay, change.Id, change.Event != null && change.Ticks.Any(tick => !Ticks.IsEnd(tick.State)));
        }

        private static void Keep(SortedSet<long> set, long id, bool there)
        {
            if (there)
            {
                set.Add(id);
            }
            else
            {
                set.Remove(id);
            }
        }

        /// <summary>A message as it is after this.</summary>
        internal void Apply(MessageRow row, SaidRow said)
        {
            string e = said.Event?.ToString() ?? "";
            switch (said.Kind)
            {
                case Said.Edit:
                    row.Text = said.Text ?? "";
                    row.Edited = e;
                    row.Files = said.Files ?? row.Files;
                    break;
                case Said.Delete:
                    row.Text = "";
                    row.Deleted = true;
                    row.Files = new List<Attached>();
                    row.Reactions.Clear();
                    break;
                default:
                    ReactionRow? old = row.Reactions.FirstOrDefault(one => one.Person == said.Sender && one.Emoji == said.Emoji);
                    if (old == null)
                    {
                        row.Reactions.Add(old = new ReactionRow { Person = said.Sender, Emoji = said.Emoji ?? "" });
                    }
                    old.Event = e;
                    old.Removed = said.Removed;
                    break;
            }
            row.Revision++;
            if (said.Key != null)
            {
                var change = new ChangeRow
                {
                    Id = said.Change, Sender = said.Sender, Kind = said.Kind, Text = said.Text, Emoji = said.Emoji, Removed = said.Removed, Key = said.Key,
                };
                row.Changes.Add(change);
                Add(row, change);
            }
        }
    }
}
