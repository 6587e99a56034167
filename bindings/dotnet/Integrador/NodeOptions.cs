using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>
    /// What configures a node. <see cref="Store"/> and one of <see cref="Platform"/> and <see cref="Standalone"/> must be given, and
    /// usually <see cref="Platforms"/>; everything else has a default. A node reads them once, when it is opened.
    /// </summary>
    public sealed class NodeOptions
    {
        /// <summary>Its platform's name, as the others' registries spell it: 1 to 64 characters, no colon.</summary>
        public string? Platform { get; set; }

        /// <summary>Instead of <see cref="Platform"/>: the name of a node without users of its own, which hosts plain platforms; 1 to 64
        /// characters, no colon.</summary>
        public string? Standalone { get; set; }

        /// <summary>
        /// The file of the store, made if it isn't there; on a local file system. Several processes of one machine may share it. In its
        /// folder there will be others of similar names.
        /// </summary>
        public string? Store { get; set; }

        /// <summary>The registry file (<c>platforms.json</c>), followed while running. Null, the default: an empty registry.</summary>
        public string? Platforms { get; set; }

        /// <summary>
        /// The address of the node's own listener, instead of an endpoint of the application's: <c>HOST:PORT</c>; port 0 is any that is
        /// free. Null, the default: none.
        /// </summary>
        public string? Listen { get; set; }

        /// <summary>
        /// How long an event is tried, and how long a message waits for its room, in time of running; more than zero. After that it is
        /// a dead letter. Null: 30 days.
        /// </summary>
        public TimeSpan? Retention { get; set; }

        /// <summary>
        /// How long the handler may take for an event, more than zero. After that it has failed, and comes again. Null: 10 minutes.
        /// </summary>
        public TimeSpan? HandlerTimeout { get; set; }

        /// <summary>
        /// How long closing waits for what is in flight; zero: not at all. After that it is cut off, and sent again when the node is
        /// opened. Null: 20 s.
        /// </summary>
        public TimeSpan? CloseTimeout { get; set; }

        /// <summary>
        /// How often an event is handed to a handler that fails, at least 1. After that it is a dead letter, and the next one of its room
        /// proceeds. Null: 10.
        /// </summary>
        public int? MaxHandlerAttempts { get; set; }

        /// <summary>
        /// Any other option, by its name in JSON, such as <c>max_pending</c>, or <c>limits.text</c> for a part of one: a string, a
        /// <see cref="bool"/>, a number or a <see cref="TimeSpan"/>; null is its default.
        /// </summary>
        public IDictionary<string, object?> More { get; } = new Dictionary<string, object?>(StringComparer.Ordinal);
    }
}
