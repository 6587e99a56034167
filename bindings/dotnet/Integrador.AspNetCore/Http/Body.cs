using System;

namespace Integrador.AspNetCore
{
    /// <summary>The body of a request, and the room that it takes until it is answered.</summary>
    internal sealed class Body : IDisposable
    {
        private readonly Bodies bodies;
        private long holds;

        internal Body(Bodies bodies) => this.bodies = bodies;

        internal byte[] Bytes { get; set; } = Array.Empty<byte>();

        /// <summary>So much of it is there; whether there is room for that.</summary>
        internal bool Grow(long bytes)
        {
            long more = bytes - holds;
            holds = bytes;
            return bodies.Hold(more);
        }

        public void Dispose()
        {
            bodies.Hold(-holds);
            holds = 0;
        }
    }
}
