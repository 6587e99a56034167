using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    /// <summary>Private chats, groups and public rooms, who is in them, and what each person has read of them.</summary>
    internal sealed class Conversations
    {
        private readonly Database database;
        private readonly Ids ids;

        internal Conversations(Database database, Ids ids)
        {
            this.database = database;
            this.ids = ids;
        }

        /// <summary>What this person may see, as it stands for them.</summary>
        internal IReadOnlyList<Conversation> Of(Guid user) => database.Read(now => now.InOrder
            .Where(reading => reading.Row.Public || reading.Row.Members.Contains(user))
            .Select(reading => Shown(now, reading, Unread(now, reading, user)))
            .ToList());

        internal Conversation? Find(Guid id) =>
            database.Read(now => now.Conversations.TryGetValue(id, out Reading? reading) ? Shown(now, reading, 0) : null);

        /// <summary>The private chat of these two, if there is one; a group that has shrunk to them is none.</summary>
        internal Guid? ChatOf(Guid one, Guid other) => database.Read(now => now.InOrder
            .Select(reading => reading.Row)
            .FirstOrDefault(row => row.Direct && row.Failed == null && row.Members.Contains(one) && row.Members.Contains(other))?.Id);

        /// <summary>A conversation of this app's own, to be published.</summary>
        internal Task<Guid> AddAsync(string name, bool isPublic, IReadOnlyList<Guid> members) => database.WriteAsync((_, entries) =>
        {
            var row = new ConversationRow
            {
                Id = Guid.NewGuid(),
                Name = name,
                Public = isPublic,
                Direct = !isPublic && members.Count == 2,
                Members = members.ToList(),
            };
            entries.Add(new Entry { Conversation = row });
            return row.Id;
        });

        /// <summary>A room as the node knows it: it is made, or brought up to date. Whether anything had changed.</summary>
        internal Task<bool> SaveAsync(Guid id, string? external, string name, bool isPublic, IReadOnlyList<Guid> members) => database.WriteAsync((now, entries) =>
        {
            ConversationRow? old = now.Conversations.TryGetValue(id, out Reading? reading) ? reading.Row : null;
            if (old != null && old.Name == name && old.Public == isPublic && old.Published && old.Failed == null && old.Members.SequenceEqual(members))
            {
                return false;
            }
            entries.Add(new Entry
            {
                Conversation = new ConversationRow
                {
                    Id = id,
                    External = external,
                    Name = name,
                    Public = isPublic,
                    // What has ever been more than two people stays a group.
                    Direct = !isPublic && (old == null ? members.Count == 2 : old.Direct && members.Count <= 2),
                    Members = members.ToList(),
                    Published = true,
                },
            });
            return true;
        });

        internal IReadOnlyList<Conversation> Unpublished() =>
            database.Read(now => now.InOrder.Where(reading => !reading.Row.Published).Select(reading => Shown(now, reading, 0)).ToList());

        /// <summary>The node has it, or has refused it for good.</summary>
        internal Task PublishedAsync(Guid id, string? failed) => database.WriteAsync((now, entries) =>
        {
            ConversationRow row = now.Conversations[id].Row;
            entries.Add(new Entry
            {
                Conversation = new ConversationRow
                {
                    Id = id,
                    External = row.External,
                    Name = row.Name,
                    Public = row.Public,
                    Direct = row.Direct,
                    Members = row.Members,
                    Published = true,
                    Failed = failed,
                },
            });
            return true;
        });

        internal Task MarkReadAsync(Guid user, Guid id) => database.WriteAsync((now, entries) =>
        {
            long newest = now.Conversations[id].Newest ?? 0;
            if (newest > LastRead(now, user, id))
            {
                entries.Add(new Entry { Read = new ReadRow { User = user, Conversation = id, Message = newest } });
            }
            return true;
        });

        private static long LastRead(State now, Guid user, Guid id) => now.Reads.TryGetValue((user, id), out ReadRow? read) ? read.Message : 0;

        private static int Unread(State now, Reading reading, Guid user)
        {
            long read = LastRead(now, user, reading.Row.Id);
            return reading.Newest > read ? reading.Messages.Count(message => message.Id > read && message.Sender != user) : 0;
        }

        private Conversation Shown(State now, Reading reading, int unread)
        {
            ConversationRow row = reading.Row;
            return new Conversation(
                row.Id,
                ids.External(row.Id, row.External),
                ids.PlatformOf(row.External),
                row.Name,
                row.Public,
                row.Direct,
                row.Members,
                reading.Messages.Count == 0 ? null : Messages.Shown(now, reading.Messages[^1]),
                reading.Newest,
                unread,
                row.Failed);
        }
    }
}
