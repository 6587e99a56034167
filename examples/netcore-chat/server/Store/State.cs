using System;
using System.Collections.Generic;
using System.Linq;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    /// <summary>All that the journal says, in memory; but for the bytes of attachments, which stay in it. Its user locks it.</summary>
    internal sealed class State
    {
        private readonly HashSet<string> ownNames = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<long, Position> positions = new Dictionary<long, Position>();

        internal Dictionary<Guid, UserRow> Users { get; } = new Dictionary<Guid, UserRow>();

        /// <summary>Whose a session is, by its hash.</summary>
        internal Dictionary<string, SessionRow> Sessions { get; } = new Dictionary<string, SessionRow>(StringComparer.Ordinal);

        internal Dictionary<Guid, Reading> Conversations { get; } = new Dictionary<Guid, Reading>();

        /// <summary>The same in the order in which they came.</summary>
        internal List<Reading> InOrder { get; } = new List<Reading>();

        internal Dictionary<long, MessageRow> Messages { get; } = new Dictionary<long, MessageRow>();

        internal Dictionary<string, MessageRow> ByKey { get; } = new Dictionary<string, MessageRow>(StringComparer.Ordinal);

        internal Dictionary<Guid, MessageRow> ByEvent { get; } = new Dictionary<Guid, MessageRow>();

        /// <summary>What the node doesn't have yet.</summary>
        internal SortedSet<long> Unpublished { get; } = new SortedSet<long>();

        /// <summary>What the node has, and has not yet reached its end everywhere.</summary>
        internal SortedSet<long> OnTheirWay { get; } = new SortedSet<long>();

        internal Dictionary<(Guid User, Guid Conversation), ReadRow> Reads { get; } = new Dictionary<(Guid, Guid), ReadRow>();

        internal long LastMessage { get; private set; }

        /// <summary>What is said of messages.</summary>
        internal SaidState Said { get; } = new SaidState();

        /// <summary>How many entries a journal has that says the same and nothing twice.</summary>
        internal int Size => Users.Count + Sessions.Count + InOrder.Count + Messages.Count + Reads.Count;

        internal bool IsTaken(string ownName) => ownNames.Contains(ownName);

        /// <summary>Where the line is that has the bytes of what is attached to a message; null: it has none.</summary>
        internal Position? PositionOf(long message) => positions.TryGetValue(message, out Position position) ? position : (Position?)null;

        internal void Apply(Entry entry, Position position)
        {
            if (entry.User is UserRow user)
            {
                Users[user.Id] = user;
                if (user.External == null)
                {
                    ownNames.Add(user.Name);
                }
            }
            if (entry.Session is SessionRow session)
            {
                if (session.Ended)
                {
                    Sessions.Remove(session.Token);
                }
                else
                {
                    Sessions[session.Token] = session;
                }
            }
            if (entry.Conversation is ConversationRow conversation)
            {
                Apply(conversation);
            }
            if (entry.Message is MessageRow message)
            {
                Apply(message, position);
            }
            if (entry.Place is PlaceRow place)
            {
                Apply(place);
            }
            if (entry.Tick is TickRow tick)
            {
                MessageRow row = Messages[tick.Message];
                row.Ticks.RemoveAll(old => old.Platform == tick.Tick.Platform);
                row.Ticks.Add(tick.Tick);
                Watch(row);
            }
            if (entry.Read is ReadRow read)
            {
                Reads[(read.User, read.Conversation)] = read;
            }
            if (entry.Said is SaidRow said)
            {
                Apply(said, position);
            }
            if (entry.Sent is SentRow sent)
            {
                Said.Apply(sent);
            }
            if (entry.ChangeTick is ChangeTickRow changeTick)
            {
                Said.Apply(changeTick);
            }
            if (entry.Early is EarlyRow early)
            {
                Said.Apply(early);
            }
        }

        private void Apply(ConversationRow row)
        {
            if (Conversations.TryGetValue(row.Id, out Reading? known))
            {
                known.Row = row;
                return;
            }
            var reading = new Reading(row);
            Conversations.Add(row.Id, reading);
            InOrder.Add(reading);
        }

        private void Apply(MessageRow row, Position position)
        {
            row.Files = Held(row.Id, row.Files, position);
            Messages.Add(row.Id, row);
            row.Changes.ForEach(change => Said.Add(row, change));
            LastMessage = Math.Max(LastMessage, row.Id);
            if (row.Key != null)
            {
                ByKey.Add(row.Key, row);
            }
            if (row.Event is Guid e)
            {
                ByEvent[e] = row;
                Said.Came(e);
            }
            if (!row.Published)
            {
                Unpublished.Add(row.Id);
            }
            Conversations[row.Conversation].Add(row);
            Watch(row);
        }

        private void Apply(PlaceRow place)
        {
            MessageRow row = Messages[place.Message];
            Reading reading = Conversations[row.Conversation];
            reading.Remove(row);
            row.Event = place.Event;
            row.Place = place.Place;
            row.Failed = place.Failed;
            row.Published = true;
            reading.Add(row);
            Unpublished.Remove(row.Id);
            if (row.Event is Guid e)
            {
                ByEvent[e] = row;
                Said.Came(e);
            }
            Watch(row);
        }

        private void Apply(SaidRow said, Position position)
        {
            if (said.Files != null || said.Kind == Model.Said.Delete)
            {
                positions.Remove(said.Message);
                said.Files = Held(said.Message, said.Files ?? new List<Attached>(), position);
            }
            Said.Apply(Messages[said.Message], said);
        }

        /// <summary>What is attached, without the bytes, which stay in the journal.</summary>
        private List<Attached> Held(long message, List<Attached> files, Position position)
        {
            if (files.All(file => file.Data == null))
            {
                return files;
            }
            positions[message] = position;
            return files.Select(file => new Attached { Kind = file.Kind, Url = file.Url, Mime = file.Mime, Name = file.Name }).ToList();
        }

        private void Watch(MessageRow row)
        {
            if (row.Key != null && row.Event != null && row.Ticks.Any(tick => !Ticks.IsEnd(tick.State)))
            {
                OnTheirWay.Add(row.Id);
            }
            else
            {
                OnTheirWay.Remove(row.Id);
            }
        }

        /// <summary>Entries that say all of it, and nothing twice.</summary>
        internal IEnumerable<Entry> Entries(Func<long, IReadOnlyList<Attached>> filesOf)
        {
            foreach (UserRow row in Users.Values)
            {
                yield return new Entry { User = row };
            }
            foreach (SessionRow row in Sessions.Values)
            {
                yield return new Entry { Session = row };
            }
            foreach (Reading reading in InOrder)
            {
                yield return new Entry { Conversation = reading.Row };
            }
            foreach (MessageRow row in Messages.Values.OrderBy(row => row.Id))
            {
                IReadOnlyList<Attached> without = row.Files.ToArray();
                row.Files = filesOf(row.Id).ToList();
                yield return new Entry { Message = row };
                row.Files = without.ToList();
            }
            foreach (ReadRow row in Reads.Values)
            {
                yield return new Entry { Read = row };
            }
            foreach (EarlyRow row in Said.Early)
            {
                yield return new Entry { Early = row };
            }
        }
    }
}
