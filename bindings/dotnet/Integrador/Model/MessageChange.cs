using System;

namespace Integrador
{
    /// <summary>A change of a message that was there before: an <see cref="Edit"/>, a <see cref="Delete"/> or a <see cref="Reaction"/>.</summary>
    public abstract class MessageChange : Said
    {
        private protected MessageChange(
            Guid eventId, int attempt, ExternalId room, ExternalId sender, string senderName, Guid of, ILookup? lookup)
            : base(eventId, attempt, room, sender, senderName, lookup)
        {
            Of = of;
        }

        /// <summary>The event id of the message; <see cref="Event.EventId"/> is that of the change.</summary>
        public Guid Of { get; }
    }
}
