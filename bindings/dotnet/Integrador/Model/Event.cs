using System;

namespace Integrador
{
    /// <summary>
    /// Something that happened elsewhere, for the application to handle: a <see cref="Message"/>, an <see cref="Edit"/>, a
    /// <see cref="Delete"/>, a <see cref="Reaction"/>, a <see cref="UserChange"/>, a <see cref="RoomChange"/>, a
    /// <see cref="PlatformChange"/> or a <see cref="DeliveryChange"/>.
    /// </summary>
    public abstract class Event
    {
        private protected Event(Guid eventId, int attempt, ILookup? lookup)
        {
            EventId = eventId;
            Attempt = attempt;
            Lookup = lookup ?? NoLookup.Instance;
        }

        /// <summary>Its id, by which it is acknowledged.</summary>
        public Guid EventId { get; }

        /// <summary>
        /// How often it was handed out: 1 the first time; more when an earlier handling failed, took longer than
        /// <see cref="NodeOptions.HandlerTimeout"/>, or was under way when its process died.
        /// </summary>
        public int Attempt { get; }

        /// <summary>What it is about, for a <c>switch</c>; its type says the same.</summary>
        public abstract EventKind Kind { get; }

        private protected ILookup Lookup { get; }

        /// <summary>Such as <c>Message 01890a5d-ac96-774b-bcce-b302099a8057 (attempt 1)</c>; nothing of what it says.</summary>
        /// <returns>That.</returns>
        public override string ToString() => $"{GetType().Name} {EventId} (attempt {Attempt})";
    }
}
