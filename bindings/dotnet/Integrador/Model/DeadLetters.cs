using System;

namespace Integrador
{
    /// <summary>Which dead letters are listed, tried again or dropped.</summary>
    public sealed class DeadLetters
    {
        private DeadLetters(string? platform, long? number, Guid? eventId)
        {
            Platform = platform;
            NumberOf = number;
            EventId = eventId;
        }

        /// <summary>All of them.</summary>
        public static DeadLetters All { get; } = new DeadLetters(null, null, null);

        internal string? Platform { get; }

        internal long? NumberOf { get; }

        internal Guid? EventId { get; }

        /// <summary>Those for one platform.</summary>
        /// <param name="name">Its name.</param>
        /// <returns>Which.</returns>
        /// <exception cref="ArgumentNullException">The name is null.</exception>
        public static DeadLetters ForPlatform(string name) =>
            new DeadLetters(name ?? throw new ArgumentNullException(nameof(name)), null, null);

        /// <summary>Those of one event.</summary>
        /// <param name="eventId">Its id.</param>
        /// <returns>Which.</returns>
        public static DeadLetters ForEvent(Guid eventId) => new DeadLetters(null, null, eventId);

        /// <summary>One.</summary>
        /// <param name="number">Its <see cref="DeadLetter.Number"/>.</param>
        /// <returns>Which.</returns>
        public static DeadLetters Number(long number) => new DeadLetters(null, number, null);
    }
}
