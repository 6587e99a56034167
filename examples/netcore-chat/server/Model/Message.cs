using System;
using System.Collections.Generic;

namespace NetCoreChat.Model
{
    /// <summary>A message, with where it stands at each platform if it is one of ours.</summary>
    public sealed class Message
    {
        public Message(
            long id,
            Guid conversation,
            Guid sender,
            string senderName,
            string text,
            DateTimeOffset at,
            string? key,
            string? place,
            IReadOnlyList<Link> attachments,
            IReadOnlyList<Tick> deliveries,
            string? failed)
        {
            Id = id;
            Conversation = conversation;
            Sender = sender;
            SenderName = senderName;
            Text = text;
            At = at;
            Key = key;
            Place = place;
            Attachments = attachments;
            Deliveries = deliveries;
            Failed = failed;
        }

        /// <summary>Grows as messages arrive.</summary>
        public long Id { get; }

        public Guid Conversation { get; }

        public Guid Sender { get; }

        public string SenderName { get; }

        public string Text { get; }

        /// <summary>What has happened to the sender, or to the conversation (<c>joined</c>, <c>left</c>, <c>renamed</c>, <c>banned</c>, <c>unbanned</c>).</summary>
        public string? Notice { get; internal set; }

        public DateTimeOffset At { get; }

        /// <summary>The page's own key for it, by which a repeated post is recognised.</summary>
        public string? Key { get; }

        /// <summary>What it is sorted by, its event id as a rule; null: it is on its way to the node.</summary>
        public string? Place { get; }

        public IReadOnlyList<Link> Attachments { get; }

        public IReadOnlyList<Tick> Deliveries { get; }

        /// <summary>Why the node refused it.</summary>
        public string? Failed { get; }

        /// <summary>How many times it was changed.</summary>
        public int Revision { get; internal set; }

        public bool Edited { get; internal set; }

        /// <summary>Then without a text and attachments.</summary>
        public bool Deleted { get; internal set; }

        /// <summary>What it answers.</summary>
        public Reply? Reply { get; internal set; }

        public IReadOnlyList<Reaction> Reactions { get; internal set; } = Array.Empty<Reaction>();

        /// <summary>What users of this app have said of it and is in force: the latest edit or delete, and each reaction.</summary>
        public IReadOnlyList<Change> Changes { get; internal set; } = Array.Empty<Change>();
    }

    /// <summary>An attachment as the page sees it: always an address, its bytes stay in the journal.</summary>
    public sealed class Link
    {
        public Link(string kind, string url, string? name)
        {
            Kind = kind;
            Url = url;
            Name = name;
        }

        /// <summary><c>image</c>, <c>audio</c> or <c>file</c>.</summary>
        public string Kind { get; }

        public string Url { get; }

        public string? Name { get; }
    }

    /// <summary>Where a message stands at one platform.</summary>
    public sealed class Tick
    {
        /// <summary>Its name.</summary>
        public string Platform { get; set; } = "";

        /// <summary><c>waiting</c>, <c>accepted</c>, <c>parked</c>, <c>delivered</c> or <c>dead</c>; of a change <c>unsupported</c>.</summary>
        public string State { get; set; } = "";

        public string? Why { get; set; }
    }
}
