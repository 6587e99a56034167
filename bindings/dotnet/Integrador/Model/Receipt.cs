using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>What a publication returns; what was published is on disk.</summary>
    public sealed class Receipt
    {
        /// <summary>Made by a node; or by a test of the application.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="destinations">As the property says.</param>
        /// <param name="duplicate">As the property says.</param>
        public Receipt(Guid? eventId, IReadOnlyList<string> destinations, bool duplicate)
        {
            EventId = eventId;
            Destinations = destinations ?? throw new ArgumentNullException(nameof(destinations));
            Duplicate = duplicate;
        }

        /// <summary>For <see cref="Node.GetDelivery"/>; null when nothing had changed and so nothing was sent.</summary>
        public Guid? EventId { get; }

        /// <summary>The platforms that it goes to.</summary>
        public IReadOnlyList<string> Destinations { get; }

        /// <summary>Whether this is the receipt of an earlier call with the same key.</summary>
        public bool Duplicate { get; }
    }
}
