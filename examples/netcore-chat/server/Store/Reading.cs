using System;
using System.Collections.Generic;

namespace NetCoreChat.Store
{
    /// <summary>
    /// A conversation with its messages in the order in which they are read: that of their event ids, which is the same on every
    /// platform. Messages are numbered as they arrive, which is another order whenever a platform was away. What the node doesn't have
    /// yet stands last; what it refused, after all that was there.
    /// </summary>
    internal sealed class Reading
    {
        /// <summary>Greater than any event id.</summary>
        private const string Last = "~";

        private readonly List<MessageRow> messages = new List<MessageRow>();

        internal Reading(ConversationRow row) => Row = row;

        internal ConversationRow Row { get; set; }

        internal IReadOnlyList<MessageRow> Messages => messages;

        /// <summary>The id of the message that was the latest to arrive.</summary>
        internal long? Newest { get; private set; }

        internal void Add(MessageRow row)
        {
            messages.Insert(IndexOf(row), row);
            if (row.Notice == null)
            {
                Newest = Math.Max(Newest ?? 0, row.Id);
            }
        }

        internal void Remove(MessageRow row) => messages.RemoveAt(IndexOf(row));

        /// <summary>Where a message stands, or is to be inserted.</summary>
        internal int IndexOf(MessageRow row)
        {
            int from = 0;
            for (int to = messages.Count; from < to;)
            {
                int middle = (from + to) / 2;
                if (Compare(messages[middle], row) < 0)
                {
                    from = middle + 1;
                }
                else
                {
                    to = middle;
                }
            }
            return from;
        }

        private static int Compare(MessageRow one, MessageRow other)
        {
            int places = string.CompareOrdinal(one.Place ?? Last, other.Place ?? Last);
            return places != 0 ? places : one.Id.CompareTo(other.Id);
        }
    }
}
