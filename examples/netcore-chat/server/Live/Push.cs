using System;
using System.Collections.Generic;
using NetCoreChat.Model;

namespace NetCoreChat.Live
{
    /// <summary>What a page is told. Each has a <c>type</c> by which the page knows it.</summary>
    internal static class Push
    {
        /// <summary>What the page listens for.</summary>
        internal const string Name = "push";

        /// <summary>All that a page needs to begin.</summary>
        internal static object Hello(
            string platform, User me, IReadOnlyList<User> people, IReadOnlyList<PlatformInfo> platforms, IReadOnlyList<Conversation> conversations) =>
            new { Type = "hello", platform, me, people, platforms, conversations };

        /// <summary>A message is new, has got its place, or was changed; the last one of its conversation, where that is another.</summary>
        internal static object Message(Message message, Message? last) => new { Type = "message", message, last };

        /// <summary>How far a message has come has changed.</summary>
        internal static object Ticks(Message message) =>
            new { Type = "ticks", message.Conversation, Message = message.Id, message.Deliveries, message.Failed, message.Changes };

        /// <summary>A conversation is new or has changed.</summary>
        internal static object Conversation(Conversation conversation) => new { Type = "conversation", conversation };

        internal static object People(IReadOnlyList<User> people) => new { Type = "people", people };

        internal static object Platforms(IReadOnlyList<PlatformInfo> platforms) => new { Type = "platforms", platforms };

        /// <summary>The person has read it, on another of their pages.</summary>
        internal static object Read(Guid conversation) => new { Type = "read", conversation };
    }
}
