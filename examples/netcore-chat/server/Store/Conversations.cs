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

        /// <summary>
        /// A room as the node knows it: it is made, or brought up to date. The notices of what has happened to it; null if nothing had
        /// changed.
        /// </summary>
        /// <param name="room">What it is now; it is published.</param>
        /// <param name="e">The announcement that changed it, if that is known.</param>
        internal Task<IReadOnlyList<long>?> SaveAsync(ConversationRow room, Guid? e = null) => database.WriteAsync((now, entries) =>
        {
            Reading? reading = now.Conversations.GetValueOrDefault(room.Id);
            if (reading?.Row is ConversationRow old)
            {
                // What has ever been more than two people stays a group.
                room.Direct = !room.Public && old.Direct && room.Members.Count <= 2;
                if (IsSame(old, room))
                {
                    return null;
                }
            }
            else
            {
                room.Direct = !room.Public && room.Members.Count == 2;
            }
            room.Published = true;
            entries.Add(new Entry { Conversation = room });
            List<MessageRow> notices = reading == null ? new List<MessageRow>() : Notices.Of(now, reading, room, e).ToList();
            entries.AddRange(notices.Select(notice => new Entry { Message = notice }));
            return (IReadOnlyList<long>?)notices.Select(notice => notice.Id).ToList();
        });

        private static bool IsSame(ConversationRow old, ConversationRow now) =>
            old.Published && old.Failed == null && old.Name == now.Name && old.Public == now.Public && old.Direct == now.Direct
            && old.Avatar == now.Avatar && old.Members.SequenceEqual(now.Members) && old.Banned.SequenceEqual(now.Banned);

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
                    Banned = row.Banned,
                    Avatar = row.Avatar,
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
            return reading.Newest > read ? reading.Messages.Count(message => message.Id > read && message.Sender != user && message.Notice == null) : 0;
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
                reading.Messages.LastOrDefault(message => message.Notice == null) is MessageRow last ? Messages.Shown(now, last) : null,
                reading.Newest,
                unread,
                row.Failed)
            {
                Banned = row.Banned,
                Avatar = row.Avatar,
            };
        }
    }
}
