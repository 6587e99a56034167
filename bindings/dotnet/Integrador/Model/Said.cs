using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>What a user said in a room: a <see cref="Message"/>, or a <see cref="MessageChange"/>, which changes one.</summary>
    public abstract class Said : Event
    {
        private protected Said(Guid eventId, int attempt, ExternalId room, ExternalId sender, string senderName, ILookup? lookup)
            : base(eventId, attempt, lookup)
        {
            Room = room ?? throw new ArgumentNullException(nameof(room));
            Sender = sender ?? throw new ArgumentNullException(nameof(sender));
            SenderName = senderName ?? throw new ArgumentNullException(nameof(senderName));
        }

        /// <summary>The room; of one of the application's own, its <see cref="Integrador.ExternalId.Id"/> is its own id.</summary>
        public ExternalId Room { get; }

        /// <summary>Who said it.</summary>
        public ExternalId Sender { get; }

        /// <summary>The sender's name; its external id as long as nobody announced it.</summary>
        public string SenderName { get; }

        /// <summary>What the application calls the room now: its own id, or the one that is bound to it; else null.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string? LocalRoom => Lookup.LocalId(BindKind.Room, Room);

        /// <summary>What the application calls the sender now: the id that is bound to it; else null.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string? LocalSender => Lookup.LocalId(BindKind.User, Sender);

        /// <summary>The ids of the application's own members of the room, as they are now.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.UnknownPlatform"/>, <see cref="ErrorKind.Closed"/>.</exception>
        public IReadOnlyList<string> Recipients => Lookup.Recipients(Room);
    }
}
