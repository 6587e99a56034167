using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;

namespace Integrador.AspNetCore
{
    /// <summary>Hands an event to all that handle those of a node, with the services of a scope of its own. That one failed, the node logs.</summary>
    internal sealed class ScopedHandler : IIntegradorHandler
    {
        private readonly string node;
        private readonly IReadOnlyList<HandlerEntry> entries;
        private readonly IServiceScopeFactory scopes;

        internal ScopedHandler(string node, IReadOnlyList<HandlerEntry> entries, IServiceScopeFactory scopes)
        {
            this.node = node;
            this.entries = entries;
            this.scopes = scopes;
        }

        public async Task HandleAsync(Event e, CancellationToken cancellationToken)
        {
            using Span span = Span.Begin(node, e);
            IServiceScope scope = scopes.CreateScope();
            try
            {
                foreach (HandlerEntry entry in entries)
                {
                    await entry.HandleAsync(scope.ServiceProvider, e, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception failure)
            {
                span.Failed(failure);
                throw;
            }
            finally
            {
                await DisposeAsync(scope).ConfigureAwait(false);
            }
        }

        private static async ValueTask DisposeAsync(IServiceScope scope)
        {
            if (scope is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                scope.Dispose();
            }
        }
    }
}
