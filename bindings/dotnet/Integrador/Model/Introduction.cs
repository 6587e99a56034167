using System;

namespace Integrador
{
    /// <summary>A platform that a peer introduced and that waits until <see cref="Node.AcceptIntroduction"/> is called.</summary>
    public sealed class Introduction
    {
        internal Introduction(string name, string endpoint, string by, DateTimeOffset since)
        {
            Name = name;
            Endpoint = endpoint;
            By = by;
            Since = since;
        }

        /// <summary>Its name.</summary>
        public string Name { get; }

        /// <summary>Where it is reached, as the peer says.</summary>
        public string Endpoint { get; }

        /// <summary>The peer.</summary>
        public string By { get; }

        /// <summary>Since when it waits.</summary>
        public DateTimeOffset Since { get; }
    }
}
