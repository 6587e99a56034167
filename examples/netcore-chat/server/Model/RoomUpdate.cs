using System;
using System.Collections.Generic;

namespace NetCoreChat.Model
{
    /// <summary>What somebody at a page changes of a room. People are the chat's own ids.</summary>
    public sealed class RoomUpdate
    {
        public string? Name { get; set; }

        public IReadOnlyList<Guid> Add { get; set; } = Array.Empty<Guid>();

        public IReadOnlyList<Guid> Remove { get; set; } = Array.Empty<Guid>();

        public IReadOnlyList<Guid> Ban { get; set; } = Array.Empty<Guid>();

        public IReadOnlyList<Guid> Unban { get; set; } = Array.Empty<Guid>();
    }
}
