using System;

namespace Integrador
{
    /// <summary>An event that will not arrive unless somebody retries it.</summary>
    public sealed class DeadLetter
    {
        internal DeadLetter(
            long number,
            Guid eventId,
            EventKind kind,
            string platform,
            string from,
            bool inbound,
            string why,
            DateTimeOffset at,
            string body)
        {
            Number = number;
            EventId = eventId;
            Kind = kind;
            Platform = platform;
            From = from;
            Inbound = inbound;
            Why = why;
            At = at;
            Body = body;
        }

        /// <summary>By which it is retried or dropped.</summary>
        public long Number { get; }

        /// <summary>The event's id.</summary>
        public Guid EventId { get; }

        /// <summary>What it is about.</summary>
        public EventKind Kind { get; }

        /// <summary>The platform that it was for.</summary>
        public string Platform { get; }

        /// <summary>The platform that it came from.</summary>
        public string From { get; }

        /// <summary>It died on its way in: the application's handler failed, or its room never came.</summary>
        public bool Inbound { get; }

        /// <summary>The reason.</summary>
        public string Why { get; }

        /// <summary>When.</summary>
        public DateTimeOffset At { get; }

        /// <summary>The event's body, JSON.</summary>
        public string Body { get; }
    }
}
