using System;
using System.Collections.Generic;

namespace Integrador
{
    /// <summary>A message to publish: <c>new NewMessage("7", "3", "¿Quién viene?") { Key = "row-81" }</c>.</summary>
    public sealed class NewMessage
    {
        /// <summary>A message.</summary>
        /// <param name="room">The room: an id of the application's own, a bound one, or an <see cref="ExternalId"/>.</param>
        /// <param name="sender">One of the application's own users.</param>
        /// <param name="text">The text.</param>
        /// <exception cref="ArgumentNullException">One of them is null.</exception>
        public NewMessage(Ref room, Ref sender, string text)
        {
            Room = room ?? throw new ArgumentNullException(nameof(room));
            Sender = sender ?? throw new ArgumentNullException(nameof(sender));
            Text = text ?? throw new ArgumentNullException(nameof(text));
        }

        /// <summary>The room.</summary>
        public Ref Room { get; }

        /// <summary>One of the application's own users.</summary>
        public Ref Sender { get; }

        /// <summary>The text: at most 262,144 bytes of UTF-8, unless <c>limits.text</c> says otherwise.</summary>
        public string Text { get; }

        /// <summary>
        /// A key of the application's own, such as the id of its row; remembered for 7 days: published again under the same key, it is
        /// the same message and the first receipt comes back. Null, the default: each call is another message.
        /// </summary>
        public string? Key { get; set; }

        /// <summary>When it was written. Null, the default: it is not said.</summary>
        public DateTimeOffset? SentAt { get; set; }

        /// <summary>The event id of the message that it answers. Null, the default: none.</summary>
        public Guid? ReplyTo { get; set; }

        /// <summary>What goes with it. Empty by default.</summary>
        public IList<Attachment> Attachments { get; set; } = new List<Attachment>();

        /// <summary>
        /// Where it stands in a distributed trace (W3C Trace Context); one that is not as it should be is left out. Null, the default:
        /// where its publication stands, if there is a <c>System.Diagnostics.Activity.Current</c>; with .NET Standard nowhere.
        /// </summary>
        public string? Traceparent { get; set; }

        /// <summary>What the application carries beyond that; elsewhere it is <see cref="Message.Ext"/>. Null, the default: nothing.</summary>
        public Ext? Ext { get; set; }
    }
}
