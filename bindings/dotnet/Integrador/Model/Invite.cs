using System;

namespace Integrador
{
    /// <summary>One line of text by which one platform joins, once. Whoever has the line can join, so send it privately; <c>ToString</c> does not show it.</summary>
    public sealed class Invite
    {
        internal Invite(string id, string url, DateTimeOffset expires, string text)
        {
            Id = id;
            Url = url;
            Expires = expires;
            Text = text;
        }

        /// <summary>By what it is listed and revoked.</summary>
        public string Id { get; }

        /// <summary>Where the newcomer will ask: this node, as others reach it.</summary>
        public string Url { get; }

        /// <summary>Until when it is good.</summary>
        public DateTimeOffset Expires { get; }

        /// <summary>The line, for the other side's <see cref="Node.Join"/>.</summary>
        public string Text { get; }
    }
}
