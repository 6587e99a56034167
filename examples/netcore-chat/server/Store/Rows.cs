using System;
using System.Collections.Generic;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    // What the chat keeps, as it is written into the journal and as it is held in memory.

    internal sealed class UserRow
    {
        public Guid Id { get; set; }

        /// <summary>Null: a user of this app, who can log in.</summary>
        public string? External { get; set; }

        public string Name { get; set; } = "";

        public bool Active { get; set; } = true;

        /// <summary>The address of a picture.</summary>
        public string? Avatar { get; set; }
    }

    internal sealed class SessionRow
    {
        /// <summary>The hash of what the browser has: whoever reads the journal can't log in with it.</summary>
        public string Token { get; set; } = "";

        public Guid User { get; set; }

        public bool Ended { get; set; }
    }

    internal sealed class ConversationRow
    {
        public Guid Id { get; set; }

        /// <summary>Null: made here.</summary>
        public string? External { get; set; }

        public string Name { get; set; } = "";

        public bool Public { get; set; }

        public bool Direct { get; set; }

        public List<Guid> Members { get; set; } = new List<Guid>();

        /// <summary>Whom its platform bars from it: ids of users, and <c>Malo:*</c> for all of a platform.</summary>
        public List<string> Banned { get; set; } = new List<string>();

        /// <summary>The address of a picture.</summary>
        public string? Avatar { get; set; }

        /// <summary>Whether the node has it: what was committed here and not there, because the process died in between, is found by this.</summary>
        public bool Published { get; set; }

        public string? Failed { get; set; }
    }

    internal sealed class MessageRow
    {
        public long Id { get; set; }

        public Guid Conversation { get; set; }

        public Guid Sender { get; set; }

        public string SenderName { get; set; } = "";

        public string Text { get; set; } = "";

        /// <summary>What has happened to the sender, or to the conversation: then it is no message of theirs. See <see cref="Notices"/>.</summary>
        public string? Notice { get; set; }

        public DateTimeOffset At { get; set; }

        /// <summary>The page's own; of messages that were written here.</summary>
        public string? Key { get; set; }

        public Guid? Event { get; set; }

        public string? Place { get; set; }

        public bool Published { get; set; }

        public string? Failed { get; set; }

        /// <summary>In the journal with their bytes, in memory without.</summary>
        public List<Attached> Files { get; set; } = new List<Attached>();

        public List<Tick> Ticks { get; set; } = new List<Tick>();

        /// <summary>What it answers: of messages that were written here.</summary>
        public long? Reply { get; set; }

        /// <summary>And of others, be that here or not.</summary>
        public Guid? ReplyEvent { get; set; }

        /// <summary>The event of the edit in force; empty: one of this app's own.</summary>
        public string? Edited { get; set; }

        public bool Deleted { get; set; }

        /// <summary>How many times it was changed.</summary>
        public int Revision { get; set; }

        public List<ReactionRow> Reactions { get; set; } = new List<ReactionRow>();

        public List<ChangeRow> Changes { get; set; } = new List<ChangeRow>();
    }

    /// <summary>The node has taken a message, or refused it for good.</summary>
    internal sealed class PlaceRow
    {
        public long Message { get; set; }

        public Guid? Event { get; set; }

        public string Place { get; set; } = "";

        public string? Failed { get; set; }
    }

    internal sealed class TickRow
    {
        public long Message { get; set; }

        public Tick Tick { get; set; } = new Tick();
    }

    internal sealed class ReadRow
    {
        public Guid User { get; set; }

        public Guid Conversation { get; set; }

        public long Message { get; set; }
    }

    /// <summary>One thing that has changed: one of these is there.</summary>
    internal sealed class Entry
    {
        /// <summary>The first one of a journal: which form it has.</summary>
        public int? Version { get; set; }

        public UserRow? User { get; set; }

        public SessionRow? Session { get; set; }

        public ConversationRow? Conversation { get; set; }

        public MessageRow? Message { get; set; }

        public PlaceRow? Place { get; set; }

        public TickRow? Tick { get; set; }

        public ReadRow? Read { get; set; }

        public SaidRow? Said { get; set; }

        public SentRow? Sent { get; set; }

        public ChangeTickRow? ChangeTick { get; set; }

        public EarlyRow? Early { get; set; }
    }
}
