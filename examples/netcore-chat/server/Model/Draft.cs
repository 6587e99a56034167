using System;
using System.Collections.Generic;

namespace NetCoreChat.Model
{
    /// <summary>A message to store.</summary>
    public sealed class Draft
    {
        public Draft(Guid conversation, Guid sender, string senderName, string text, IReadOnlyList<Attached>? files = null)
        {
            Conversation = conversation;
            Sender = sender;
            SenderName = senderName;
            Text = text;
            Files = files ?? Array.Empty<Attached>();
        }

        public Guid Conversation { get; }

        public Guid Sender { get; }

        public string SenderName { get; }

        public string Text { get; }

        public IReadOnlyList<Attached> Files { get; }

        /// <summary>What it answers: for own ones that message,</summary>
        public long? Reply { get; set; }

        /// <summary>and for those of others its event.</summary>
        public Guid? ReplyEvent { get; set; }
    }

    /// <summary>What is attached to a message: an address, or its bytes.</summary>
    public sealed class Attached
    {
        /// <summary><c>image</c>, <c>audio</c> or <c>file</c>.</summary>
        public string Kind { get; set; } = "";

        public string? Url { get; set; }

        public byte[]? Data { get; set; }

        public string? Mime { get; set; }

        public string? Name { get; set; }
    }
}
