using System;

namespace Integrador
{
    /// <summary>Where a publication stands at one platform.</summary>
    public sealed class Delivery
    {
        internal Delivery(string platform, DeliveryState state, DateTimeOffset? at, string? why)
        {
            Platform = platform;
            State = state;
            At = at;
            Why = why;
        }

        /// <summary>The platform.</summary>
        public string Platform { get; }

        /// <summary>Where it stands.</summary>
        public DeliveryState State { get; }

        /// <summary>When it got there; null if that is not known.</summary>
        public DateTimeOffset? At { get; }

        /// <summary>The reason when it is dead, else null.</summary>
        public string? Why { get; }
    }
}
