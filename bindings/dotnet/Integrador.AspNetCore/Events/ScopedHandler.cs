using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Integrador.AspNetCore
{
    /// <summary>Hands an event to all that handle those of a node, with the services of a scope of its own.</summary>
    internal sealed class ScopedHandler : IIntegradorHandler
    {
        private readonly string node;
        private readonly IReadOnlyList<HandlerEntry> entries;
        private readonly IServiceScopeFactory scopes;
        private readonly ILogger log;

        internal ScopedHandler(string node, IReadOnlyList<HandlerEntry> entries, IServiceScopeFactory scopes, ILogger log)
        {
            this.node = node;
            this.entries = entries;
            this.scopes = scopes;
            this.log = log;
        }

        public async Task HandleAsync(Event e, CancellationToken cancellationToken)
        {
            using Span span = Span.Begin(node, e);
            IServiceScope scope = scopes.CreateScope();
            try
            {
                foreach (HandlerEntry entry in entries)
                {
                    await HandleAsync(entry, scope.ServiceProvider, e, cancellationToken).ConfigureAwait(false);
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

        private async Task HandleAsync(HandlerEntry entry, IServiceProvider provider, Event e, CancellationToken cancellation)
        {
            try
            {
                await entry.HandleAsync(provider, e, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                log.LogInformation("{Handler} was cancelled at {Kind} {EventId}; it comes again", entry.What, e.Kind, e.EventId);
                throw;
            }
            catch (Exception failure)
            {
                log.LogError(
                    failure,
                    "{Handler} failed at {Kind} {EventId} (attempt {Attempt}); it comes again",
                    entry.What,
                    e.Kind,
                    e.EventId,
                    e.Attempt);
                throw;
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
