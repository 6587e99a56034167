using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>A room was created or changed by another platform.</summary>
    public sealed class RoomChange : Event
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="room">As the property says.</param>
        /// <param name="changedBy">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public RoomChange(
            Guid eventId, int attempt, Room room, string changedBy,
            ILookup? lookup = null)
            : base(eventId, attempt, lookup)
        {
            Room = room ?? throw new ArgumentNullException(nameof(room));
            ChangedBy = changedBy ?? throw new ArgumentNullException(nameof(changedBy));
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.Room;

        /// <summary>The whole room, as it is now.</summary>
        public Room Room { get; }

        /// <summary>The platform whose announcement changed it.</summary>
        public string ChangedBy { get; }

        /// <summary>What the application calls the room now: its own id, or the one that is bound to it; else null.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string? LocalRoom => Lookup.LocalId(BindKind.Room, Room.Id);

        /// <summary>The ids of the application's own members of the room, as they are now.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<string> Recipients => Lookup.Recipients(Room.Id);
    }
}
