using System;

namespace Integrador
{
    /// <summary>A platform is up or down (hints), joined, was removed, or refuses us.</summary>
    public sealed class PlatformChange : Event
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="platform">As the property says.</param>
        /// <param name="change">As the property says.</param>
        /// <param name="why">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public PlatformChange(
            Guid eventId, int attempt, string platform, PlatformState change, string? why,
            ILookup? lookup = null)
            : base(eventId, attempt, lookup)
        {
            Platform = platform ?? throw new ArgumentNullException(nameof(platform));
            Change = change;
            Why = why;
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Platform;

        /// <summary>Which.</summary>
        public string Platform { get; }

        /// <summary>What happened.</summary>
        public PlatformState Change { get; }

        /// <summary>The reason, or null.</summary>
        public string? Why { get; }
    }
}
