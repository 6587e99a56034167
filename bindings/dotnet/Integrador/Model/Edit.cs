using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>
    /// A message of another platform has another text. That its sender may edit it is vouched for by their platform alone, which is that of
    /// the message. Of several edits the one with the greatest <see cref="Event.EventId"/> counts.
    /// </summary>
    public sealed class Edit : MessageChange
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="room">As the property says.</param>
        /// <param name="sender">As the property says.</param>
        /// <param name="senderName">As the property says.</param>
        /// <param name="of">As the property says.</param>
        /// <param name="text">As the property says.</param>
        /// <param name="attachments">As the property says.</param>
        /// <param name="ext">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public Edit(
            Guid eventId,
            int attempt,
            ExternalId room,
            ExternalId sender,
            string senderName,
            Guid of,
            string text,
            IReadOnlyList<Attachment>? attachments,
            Ext? ext = null,
            ILookup? lookup = null)
            : base(eventId, attempt, room, sender, senderName, of, lookup)
        {
            Text = text ?? throw new ArgumentNullException(nameof(text));
            Attachments = attachments;
            Ext = ext;
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Edit;

        /// <summary>The text that it has from now on.</summary>
        public string Text { get; }

        /// <summary>The attachments that it has from now on; null: those that it had.</summary>
        public IReadOnlyList<Attachment>? Attachments { get; }

        /// <summary>What the sender's application carries with the message from now on; null: what it carried.</summary>
        public Ext? Ext { get; }
    }
}
