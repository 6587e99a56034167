using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>What an event asks its node when it is asked; a <see cref="Node"/> is one. Looked up in memory, as things are then.</summary>
    public interface ILookup
    {
        /// <summary>What the application calls a user or a room.</summary>
        /// <param name="kind">Which of the two.</param>
        /// <param name="external">Its external id.</param>
        /// <returns>Its own id, or the one that is bound to it; else null.</returns>
        string? LocalId(BindKind kind, ExternalId external);

        /// <summary>The application's own members of a room.</summary>
        /// <param name="room">The room.</param>
        /// <returns>Their ids.</returns>
        IReadOnlyList<string> Recipients(Ref room);
    }

    /// <summary>Knows nothing: for events that a test of the application makes itself.</summary>
    internal sealed class NoLookup : ILookup
    {
        internal static readonly NoLookup Instance = new NoLookup();

        public string? LocalId(BindKind kind, ExternalId external) => null;

        public IReadOnlyList<string> Recipients(Ref room) => Array.Empty<string>();
    }
}
