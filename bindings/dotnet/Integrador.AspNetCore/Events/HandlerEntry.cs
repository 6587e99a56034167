using System;
using System.Threading;
using System.Threading.Tasks;

namespace Integrador.AspNetCore
{
    /// <summary>Handles an event with the services of a scope.</summary>
    internal delegate Task Handle(IServiceProvider provider, Event e, CancellationToken cancellation);

    /// <summary>One of those that handle the events of a node.</summary>
    internal sealed class HandlerEntry
    {
        internal HandlerEntry(string node, Handle handle)
        {
            Node = node;
            HandleAsync = handle;
        }

        /// <summary>What the application calls the node.</summary>
        internal string Node { get; }

        internal Handle HandleAsync { get; }
    }
}
