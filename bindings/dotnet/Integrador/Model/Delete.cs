using System;

namespace Integrador
{
    /// <summary>A message was deleted, for good: no edit brings it back.</summary>
    public sealed class Delete : MessageChange
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="room">As the property says.</param>
        /// <param name="sender">As the property says.</param>
        /// <param name="senderName">As the property says.</param>
        /// <param name="of">As the property says.</param>
        /// <param name="ofPlatform">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public Delete(
            Guid eventId,
            int attempt,
            ExternalId room,
            ExternalId sender,
            string senderName,
            Guid of,
            string ofPlatform,
            ILookup? lookup = null)
            : base(eventId, attempt, room, sender, senderName, of, lookup) =>
            OfPlatform = ofPlatform ?? throw new ArgumentNullException(nameof(ofPlatform));

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Delete;

        /// <summary>The platform whose user wrote the message; the application's own where a room's origin moderates.</summary>
        public string OfPlatform { get; }
    }
}
