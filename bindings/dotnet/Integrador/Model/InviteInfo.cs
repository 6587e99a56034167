using System;

namespace Integrador
{
    /// <summary>An invite as it is listed.</summary>
    public sealed class InviteInfo
    {
        internal InviteInfo(string id, DateTimeOffset made, DateTimeOffset expires, string? usedBy)
        {
            Id = id;
            Made = made;
            Expires = expires;
            UsedBy = usedBy;
        }

        /// <summary>By what it is revoked.</summary>
        public string Id { get; }

        /// <summary>When it was made.</summary>
        public DateTimeOffset Made { get; }

        /// <summary>Until when it is good.</summary>
        public DateTimeOffset Expires { get; }

        /// <summary>Who joined by it; null: nobody yet.</summary>
        public string? UsedBy { get; }
    }
}
