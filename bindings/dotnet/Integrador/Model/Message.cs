using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>Somebody on another platform wrote.</summary>
    public sealed class Message : Event
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
            ILookup? lookup = null)
            : base(eventId, attempt, lookup)
        {
            Room = room ?? throw new ArgumentNullException(nameof(room));
            Sender = sender ?? throw new ArgumentNullException(nameof(sender));
            SenderName = senderName ?? throw new ArgumentNullException(nameof(senderName));
            Text = text ?? throw new ArgumentNullException(nameof(text));
            SentAt = sentAt;
            ReplyTo = replyTo;
            Attachments = attachments ?? throw new ArgumentNullException(nameof(attachments));
            Late = late;
            Traceparent = traceparent;
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Message;

        /// <summary>The room; of one of the application's own, its <see cref="Integrador.ExternalId.Id"/> is its own id.</summary>
        public ExternalId Room { get; }

        /// <summary>Who wrote it.</summary>
        public ExternalId Sender { get; }

        /// <summary>The sender's name; its external id as long as nobody announced it.</summary>
        public string SenderName { get; }

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

        /// <summary>What the application calls the room now: its own id, or the one that is bound to it; else null.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string? LocalRoom => Lookup.LocalId(BindKind.Room, Room);

        /// <summary>What the application calls the sender now: the id that is bound to it; else null.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string? LocalSender => Lookup.LocalId(BindKind.User, Sender);

        /// <summary>The ids of the application's own members of the room, as they are now.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<string> Recipients => Lookup.Recipients(Room);
    }
}
