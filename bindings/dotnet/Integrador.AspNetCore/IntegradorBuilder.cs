using System;
#if NET8_0_OR_GREATER
using System.Diagnostics.CodeAnalysis;
#endif
using System.Threading;
using System.Threading.Tasks;
using Integrador;
using Integrador.AspNetCore;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection
{
    /// <summary>
    /// Adds to a node of the application what handles its events. Where nothing does, events wait in the node, and
    /// <c>Node.CreateConsumer</c> gives them. Where several do, each gets each event, in the order in which they were added; when
    /// one throws, the event comes again to all of them.
    /// </summary>
    public sealed class IntegradorBuilder
    {
        internal IntegradorBuilder(IServiceCollection services, string name)
        {
            Services = services;
            Name = name;
        }

        /// <summary>The application's services.</summary>
        public IServiceCollection Services { get; }

        /// <summary>What the application calls the node; empty for the one without a name.</summary>
        public string Name { get; }

        /// <summary>
        /// Lets this class handle events. It is scoped unless the application has registered it otherwise: for each event there is a
        /// scope of its own, as there is for each request.
        /// </summary>
        /// <typeparam name="THandler">The class. An event that it returns from is acknowledged; one at which it throws comes again.</typeparam>
        /// <returns>The same builder.</returns>
#if NET8_0_OR_GREATER
        public IntegradorBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
#else
        public IntegradorBuilder AddHandler<THandler>()
#endif
            where THandler : class, IIntegradorHandler
        {
            Services.TryAddScoped<THandler>();
            return Add((provider, e, cancellation) => provider.GetRequiredService<THandler>().HandleAsync(e, cancellation));
        }

        /// <summary>Lets this function handle messages; events of other kinds count as handled.</summary>
        /// <param name="handler">The function. A message that it returns from is acknowledged; one at which it throws comes again.</param>
        /// <returns>The same builder.</returns>
        public IntegradorBuilder AddHandler(Func<Message, Task> handler)
        {
            if (handler == null)
            {
                throw new ArgumentNullException(nameof(handler));
            }

            return AddHandler((message, _, __) => handler(message));
        }

        /// <summary>Lets this function handle messages; events of other kinds count as handled.</summary>
        /// <param name="handler">The function. A message that it returns from is acknowledged; one at which it throws comes again.</param>
        /// <returns>The same builder.</returns>
        public IntegradorBuilder AddHandler(Action<Message> handler)
        {
            if (handler == null)
            {
                throw new ArgumentNullException(nameof(handler));
            }

            return AddHandler((message, _, __) =>
            {
                handler(message);
                return Task.CompletedTask;
            });
        }

        /// <summary>Lets this function handle messages, with the services of a scope of its own; events of other kinds count as handled.</summary>
        /// <param name="handler">
        /// The function. A message that it returns from is acknowledged; one at which it throws comes again. Its token is cancelled
        /// when the application may not wait for it any longer.
        /// </param>
        /// <returns>The same builder.</returns>
        public IntegradorBuilder AddHandler(Func<Message, IServiceProvider, CancellationToken, Task> handler)
        {
            if (handler == null)
            {
                throw new ArgumentNullException(nameof(handler));
            }

            return Add((provider, e, cancellation) =>
                e is Message message ? handler(message, provider, cancellation) : Task.CompletedTask);
        }

        private IntegradorBuilder Add(Handle handle)
        {
            Services.AddSingleton(new HandlerEntry(Name, handle));
            return this;
        }
    }
}
