using System;

namespace Integrador
{
    /// <summary>What became of something that this application published, at one platform.</summary>
    public sealed class DeliveryChange : Event
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="publication">As the property says.</param>
        /// <param name="platform">As the property says.</param>
        /// <param name="state">As the property says.</param>
        /// <param name="why">As the property says.</param>
        /// <param name="count">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public DeliveryChange(
            Guid eventId,
            int attempt,
            Guid publication,
            string platform,
            DeliveryState state,
            string? why,
            long count,
            ILookup? lookup = null)
            : base(eventId, attempt, lookup)
        {
            Publication = publication;
            Platform = platform ?? throw new ArgumentNullException(nameof(platform));
            State = state;
            Why = why;
            Count = count;
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Delivery;

        /// <summary>The event id of the receipt; <see cref="Event.EventId"/> is this event's own.</summary>
        public Guid Publication { get; }

        /// <summary>The platform that it was meant for.</summary>
        public string Platform { get; }

        /// <summary>What became of it.</summary>
        public DeliveryState State { get; }

        /// <summary>The reason when it is dead, else null.</summary>
        public string? Why { get; }

        /// <summary>How many in a row this stands for, at least 1: dead letters of one cause are told together.</summary>
        public long Count { get; }
    }
}
