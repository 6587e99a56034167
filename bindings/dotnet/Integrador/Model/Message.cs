using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>Somebody on another platform wrote.</summary>
    public sealed class Message : Said
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="room">As the property says.</param>
        /// <param name="sender">As the property says.</param>
        /// <param name="senderName">As the property says.</param>
        /// <param name="text">As the property says.</param>
        /// <param name="sentAt">As the property says.</param>
        /// <param name="replyTo">As the property says.</param>
        /// <param name="attachments">As the property says.</param>
        /// <param name="late">As the property says.</param>
        /// <param name="traceparent">As the property says.</param>
        /// <param name="ext">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public Message(
            Guid eventId,
            int attempt,
            ExternalId room,
            ExternalId sender,
            string senderName,
            string text,
            DateTimeOffset? sentAt,
            Guid? replyTo,
            IReadOnlyList<Attachment> attachments,
            bool late,
            string? traceparent,
            Ext? ext = null,
            ILookup? lookup = null)
            : base(eventId, attempt, room, sender, senderName, lookup)
        {
            Text = text ?? throw new ArgumentNullException(nameof(text));
            SentAt = sentAt;
            ReplyTo = replyTo;
            Attachments = attachments ?? throw new ArgumentNullException(nameof(attachments));
            Late = late;
            Traceparent = traceparent;
            Ext = ext;
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Message;

        /// <summary>The text.</summary>
        public string Text { get; }

        /// <summary>When it was written; null if the sender did not say so.</summary>
        public DateTimeOffset? SentAt { get; }

        /// <summary>The event id of the message that it answers, or null.</summary>
        public Guid? ReplyTo { get; }

        /// <summary>What goes with it.</summary>
        public IReadOnlyList<Attachment> Attachments { get; }

        /// <summary>It comes after messages that were sent later: somebody retried a dead letter.</summary>
        public bool Late { get; }

        /// <summary>Where it stands in a distributed trace (W3C Trace Context, version 00), or null.</summary>
        public string? Traceparent { get; }

        /// <summary>What the sender's application carries beyond that, or null.</summary>
        public Ext? Ext { get; }
    }
}
