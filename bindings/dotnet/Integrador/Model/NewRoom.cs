using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>
    /// A room of the application's own, to publish:
    /// <c>new NewRoom("7", "Plaza", RoomKind.Public) { Banned = { ["Malo"] = Banned.Everybody } }</c>.
    /// </summary>
    public sealed class NewRoom
    {
        /// <summary>A room.</summary>
        /// <param name="id">What the application calls it, 1 to 255 characters.</param>
        /// <param name="name">The name to show; may be empty.</param>
        /// <param name="kind">Private or public.</param>
        /// <exception cref="ArgumentNullException">The id or the name is null.</exception>
        public NewRoom(string id, string name, RoomKind kind)
        {
            Id = id ?? throw new ArgumentNullException(nameof(id));
            Name = name ?? throw new ArgumentNullException(nameof(name));
            Kind = kind;
        }

        /// <summary>What the application calls it.</summary>
        public string Id { get; }

        /// <summary>The name to show; may be empty.</summary>
        public string Name { get; }

        /// <summary>Private or public.</summary>
        public RoomKind Kind { get; }

        /// <summary>The ids of the members, by platform. Empty by default, as public rooms usually are.</summary>
        public IDictionary<string, IReadOnlyList<string>> Members { get; set; } = new Dictionary<string, IReadOnlyList<string>>();

        /// <summary>
        /// Whom the application bars, by platform: what they write in the room is refused everywhere, and whoever of them is among the
        /// members is left out. Who is not barred in the next announcement is barred no more. Empty by default.
        /// </summary>
        public IDictionary<string, Banned> Banned { get; set; } = new Dictionary<string, Banned>();

        /// <summary>The URL of a picture to show: http or https, at most 2,048 characters. Null, the default: it has none.</summary>
        public string? Avatar { get; set; }

        /// <summary>What the application carries beyond that. Null, the default: nothing.</summary>
        public Ext? Ext { get; set; }
    }
}
