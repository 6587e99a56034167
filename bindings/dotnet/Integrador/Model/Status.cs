using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>How the node stands.</summary>
    public sealed class Status
    {
        internal Status(
            string name,
            bool standalone,
            string version,
            Guid store,
            long inbox,
            IReadOnlyList<PlatformStatus> platforms,
            IReadOnlyList<Introduction> introductions)
        {
            Name = name;
            Standalone = standalone;
            Version = version;
            Store = store;
            Inbox = inbox;
            Platforms = platforms;
            Introductions = introductions;
        }

        /// <summary>Its name.</summary>
        public string Name { get; }

        /// <summary>Whether it is a node without users of its own.</summary>
        public bool Standalone { get; }

        /// <summary>The version of this library.</summary>
        public string Version { get; }

        /// <summary>The id of the store.</summary>
        public Guid Store { get; }

        /// <summary>How many events wait for the application.</summary>
        public long Inbox { get; }

        /// <summary>Every platform that takes part, or for which something waits.</summary>
        public IReadOnlyList<PlatformStatus> Platforms { get; }

        /// <summary>Who was introduced and waits until that is accepted.</summary>
        public IReadOnlyList<Introduction> Introductions { get; }
    }
}
