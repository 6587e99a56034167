using System;
using System.Collections.Generic;

namespace Integrador.AspNetCore
{
    /// <summary>
    /// How a node of the application is opened, and by how many workers its events are handed out. The configuration section
    /// <c>Integrador</c> sets these first (<c>Integrador:Nodes:NAME</c> for a node with a name), then the code that is given to
    /// <c>AddIntegrador</c>.
    /// </summary>
    public sealed class IntegradorOptions
    {
        /// <summary>This platform's name, as the registries of the others spell it. Either this or <see cref="Standalone"/>.</summary>
        public string? Platform { get; set; }

        /// <summary>The name of a standalone node, which has no users of its own.</summary>
        public string? Standalone { get; set; }

        /// <summary>The file of the node's store, made if it isn't there. Required.</summary>
        public string? Store { get; set; }

        /// <summary>The registry file, which is followed while the node is open. None: an empty registry.</summary>
        public string? Platforms { get; set; }

        /// <summary><c>HOST:PORT</c> for a port of the node's own; without it the application maps the node with <c>MapIntegrador</c>.</summary>
        public string? Listen { get; set; }

        /// <summary>How long an event is tried before it is a dead letter; more than zero. None: 30 days.</summary>
        public TimeSpan? Retention { get; set; }

        /// <summary>How long a handler may take for an event; more than zero. None: 10 minutes.</summary>
        public TimeSpan? HandlerTimeout { get; set; }

        /// <summary>How long closing waits for what is in flight. None: 20 seconds.</summary>
        public TimeSpan? CloseTimeout { get; set; }

        /// <summary>How often an event is handed to a failing handler before it is a dead letter; at least 1. None: 10.</summary>
        public int? MaxHandlerAttempts { get; set; }

        /// <summary>Every other option, by its name in the configuration of Integrador: <c>max_pending</c>, <c>limits.text</c>.</summary>
        public IDictionary<string, object?> More { get; } = new Dictionary<string, object?>(StringComparer.Ordinal);

        /// <summary>How many events are handed out at once, each of another room; at least 1.</summary>
        public int Workers { get; set; } = 1;

        /// <summary>What the configuration says and nobody can read.</summary>
        internal IList<string> Unreadable { get; } = new List<string>();

        /// <summary>The same for the node.</summary>
        internal NodeOptions ForNode()
        {
            var options = new NodeOptions
            {
                Platform = Platform,
                Standalone = Standalone,
                Store = Store,
                Platforms = Platforms,
                Listen = Listen,
                Retention = Retention,
                HandlerTimeout = HandlerTimeout,
                CloseTimeout = CloseTimeout,
                MaxHandlerAttempts = MaxHandlerAttempts,
            };
            foreach (KeyValuePair<string, object?> option in More)
            {
                options.More[option.Key] = option.Value;
            }

            return options;
        }
    }
}
