using System;
#if NET8_0_OR_GREATER
using System.Diagnostics;
using System.Reflection;
#endif

namespace Integrador.AspNetCore
{
    /// <summary>
    /// The handling of one event, as a span of the trace that its message belongs to: the source <c>Integrador</c>. Frameworks before .NET
    /// 8 have none.
    /// </summary>
    internal sealed class Span : IDisposable
    {
#if NET8_0_OR_GREATER
        private static readonly ActivitySource Source = new ActivitySource("Integrador", typeof(Span).Assembly.GetName().Version?.ToString(3) ?? string.Empty);
        private readonly Activity? activity;

        private Span(Activity? activity) => this.activity = activity;

        internal static Span Begin(string node, Event e)
        {
            var message = e as Message;
            ActivityContext.TryParse(message?.Traceparent, null, isRemote: true, out ActivityContext parent);
            Activity? activity = Source.StartActivity("process " + e.Kind.ToString().ToLowerInvariant(), ActivityKind.Consumer, parent);
            if (activity != null && activity.IsAllDataRequested)
            {
                activity.SetTag("messaging.system", "integrador");
                activity.SetTag("messaging.operation.type", "process");
                activity.SetTag("messaging.message.id", e.EventId.ToString());
                activity.SetTag("integrador.attempt", e.Attempt);
                if (node.Length > 0)
                {
                    activity.SetTag("integrador.node", node);
                }

                ExternalId? room = message?.Room ?? (e as MessageChange)?.Room;
                if (room != null)
                {
                    activity.SetTag("messaging.destination.name", room.ToString());
                }
            }

            return new Span(activity);
        }

        internal void Failed(Exception failure)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            activity?.SetTag("error.type", failure.GetType().FullName);
        }

        public void Dispose() => activity?.Dispose();
#else
        private static readonly Span None = new Span();

        private Span()
        {
        }

        internal static Span Begin(string node, Event e) => None;

        internal void Failed(Exception failure)
        {
        }

        public void Dispose()
        {
        }
#endif
    }
}
