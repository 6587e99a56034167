using System;

namespace Integrador
{
    /// <summary>A user of another platform is new, renamed or gone.</summary>
    public sealed class UserChange : Event
    {
        /// <summary>Made by a node; or by a test of the application, for its handler.</summary>
        /// <param name="eventId">As the property says.</param>
        /// <param name="attempt">As the property says.</param>
        /// <param name="user">As the property says.</param>
        /// <param name="lookup">Whom it asks for local ids and recipients; null: nothing is known.</param>
        public UserChange(
            Guid eventId, int attempt, User user,
            ILookup? lookup = null)
            : base(eventId, attempt, lookup)
        {
            User = user ?? throw new ArgumentNullException(nameof(user));
        }

        /// <inheritdoc/>
        public override EventKind Kind => EventKind.User;

        /// <summary>The user as it is now.</summary>
        public User User { get; }

        /// <summary>What the application calls the user now: the id that is bound to it; else null.</summary>
        /// <exception cref="IntegradorException">Of kind <see cref="ErrorKind.Closed"/>.</exception>
        public string? LocalUser => Lookup.LocalId(BindKind.User, User.Id);
    }
}
