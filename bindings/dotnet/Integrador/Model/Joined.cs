using System.Collections.Generic;

namespace Integrador
{
    /// <summary>What <see cref="Node.Join"/> brought.</summary>
    public sealed class Joined
    {
        internal Joined(string inviter, IReadOnlyList<string> platforms)
        {
            Inviter = inviter;
            Platforms = platforms;
        }

        /// <summary>The platform whose node made the invite.</summary>
        public string Inviter { get; }

        /// <summary>The others that are known by it.</summary>
        public IReadOnlyList<string> Platforms { get; }
    }
}
