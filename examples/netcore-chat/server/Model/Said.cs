using System;
using System.Collections.Generic;

namespace NetCoreChat.Model
{
    /// <summary>What is said of a message that is there: another text, a delete, a reaction.</summary>
    public sealed class Said
    {
        public const string Edit = "edit";
        public const string Delete = "delete";
        public const string Reaction = "reaction";

        public Said(string kind, string? text = null, IReadOnlyList<Attached>? files = null, string? emoji = null, bool on = true)
        {
            Kind = kind;
            Text = text;
            Files = files;
            Emoji = emoji;
            On = on;
        }

        public string Kind { get; }

        /// <summary>Of an edit.</summary>
        public string? Text { get; }

        /// <summary>Of an edit: in place of those that the message had; null: those stay.</summary>
        public IReadOnlyList<Attached>? Files { get; }

        /// <summary>Of a reaction.</summary>
        public string? Emoji { get; }

        /// <summary>False: the reaction is taken back.</summary>
        public bool On { get; }
    }

    /// <summary>Why somebody's change is not taken.</summary>
    public enum Not
    {
        /// <summary>There is no such message in this conversation, or it was deleted.</summary>
        There,

        /// <summary>Somebody else wrote it.</summary>
        Theirs,

        /// <summary>The node doesn't have it yet; this passes.</summary>
        Yet,

        /// <summary>It would say nothing any more.</summary>
        Empty,

        /// <summary>There are too many reactions.</summary>
        More,
    }

    /// <summary>A message that another answers, as it is now.</summary>
    public sealed class Reply
    {
        /// <summary>Null: it is not here, and nothing is known of it.</summary>
        public long? Message { get; set; }

        public Guid Sender { get; set; }

        public string SenderName { get; set; } = "";

        /// <summary>Its beginning.</summary>
        public string Text { get; set; } = "";

        /// <summary>What is attached to it.</summary>
        public string? What { get; set; }

        public bool Deleted { get; set; }
    }

    /// <summary>Who reacted with this.</summary>
    public sealed class Reaction
    {
        public string Emoji { get; set; } = "";

        public List<Guid> People { get; set; } = new List<Guid>();
    }

    /// <summary>What a user of this app has said of a message, with where that stands.</summary>
    public sealed class Change
    {
        public string Kind { get; set; } = "";

        public Guid Sender { get; set; }

        public string? Emoji { get; set; }

        /// <summary>Whether the node has it.</summary>
        public bool Sent { get; set; }

        public List<Tick> Deliveries { get; set; } = new List<Tick>();

        public string? Failed { get; set; }
    }

    /// <summary>The same, on its way to the node.</summary>
    public sealed class OutgoingChange
    {
        public OutgoingChange(long id, long message, Guid sender, Said said, Guid e, Guid author)
        {
            Id = id;
            Message = message;
            Sender = sender;
            Said = said;
            Event = e;
            Author = author;
        }

        public long Id { get; }

        public long Message { get; }

        public Guid Sender { get; }

        public Said Said { get; }

        /// <summary>The event id of the message.</summary>
        public Guid Event { get; }

        /// <summary>Who wrote the message.</summary>
        public Guid Author { get; }
    }
}
