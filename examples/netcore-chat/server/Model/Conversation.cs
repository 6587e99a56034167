using System;
using System.Collections.Generic;
using System.Linq;

namespace NetCoreChat.Model
{
    /// <summary>A private chat, a group or a public room, as it is at this moment.</summary>
    public sealed class Conversation
    {
        public Conversation(
            Guid id,
            string external,
            string home,
            string name,
            bool isPublic,
            bool direct,
            IReadOnlyList<Guid> members,
            Message? last,
            long? newest,
            int unread,
            string? failed)
        {
            Id = id;
            External = external;
            Home = home;
            Name = name;
            Public = isPublic;
            Direct = direct;
            Members = members;
            Last = last;
            Newest = newest;
            Unread = unread;
            Failed = failed;
        }

        /// <summary>The chat's own id, wherever it was made.</summary>
        public Guid Id { get; }

        /// <summary>The id by which all platforms know it.</summary>
        public string External { get; }

        /// <summary>The platform on which it was made.</summary>
        public string Home { get; }

        public string Name { get; }

        /// <summary>Whoever wants reads and writes.</summary>
        public bool Public { get; }

        /// <summary>A private chat of two people; a group that has shrunk to two is none.</summary>
        public bool Direct { get; }

        /// <summary>The ids of users. Whom another platform put in may not be known here yet.</summary>
        public IReadOnlyList<Guid> Members { get; }

        /// <summary>Whom its platform bars from it: ids of users, and <c>Malo:*</c> for all of a platform.</summary>
        public IReadOnlyList<string> Banned { get; internal set; } = Array.Empty<string>();

        /// <summary>The address of its picture.</summary>
        public string? Avatar { get; internal set; }

        /// <summary>The last message in the order in which the conversation is read.</summary>
        public Message? Last { get; }

        /// <summary>The id of the message that was the latest to arrive.</summary>
        public long? Newest { get; }

        /// <summary>How many messages the person it is shown to has not read.</summary>
        public int Unread { get; }

        /// <summary>Why the other platforms will never hear of it.</summary>
        public string? Failed { get; }

        /// <summary>Whether this person may read and write in it.</summary>
        public bool Admits(Guid user) => Public || Members.Contains(user);
    }
}
