using System;

namespace Integrador
{
    /// <summary>Somebody reacted to a message, or took a reaction back.</summary>
    public sealed class Reaction : MessageChange
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="room">As the property says.</param>
        /// <param name="sender">As the property says.</param>
        /// <param name="senderName">As the property says.</param>
        /// <param name="of">As the property says.</param>
        /// <param name="ofPlatform">As the property says.</param>
        /// <param name="emoji">As the property says.</param>
        /// <param name="on">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public Reaction(
            Guid eventId,
            int attempt,
            ExternalId room,
            ExternalId sender,
            string senderName,
            Guid of,
            string ofPlatform,
            string emoji,
            bool on,
            ILookup? lookup = null)
            : base(eventId, attempt, room, sender, senderName, of, lookup)
        {
            OfPlatform = ofPlatform ?? throw new ArgumentNullException(nameof(ofPlatform));
            Emoji = emoji ?? throw new ArgumentNullException(nameof(emoji));
            On = on;
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Reaction;

        /// <summary>The platform whose user wrote the message.</summary>
        public string OfPlatform { get; }

        /// <summary>With what.</summary>
        public string Emoji { get; }

        /// <summary>False: it was taken back.</summary>
        public bool On { get; }
    }
}
