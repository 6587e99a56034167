namespace Integrador
{
    /// <summary>What an event is about.</summary>
    public enum EventKind
    {
        /// <summary>A user.</summary>
        User,

        /// <summary>A room.</summary>
        Room,

        /// <summary>A message.</summary>
        Message,

        /// <summary>A platform.</summary>
        Platform,

        /// <summary>Between nodes only: what became of a message.</summary>
        Receipt,

        /// <summary>What became of something that was published.</summary>
        Delivery,

        /// <summary>A message has another text.</summary>
        Edit,

        /// <summary>A message was deleted.</summary>
        Delete,

        /// <summary>Somebody reacted to a message, or took a reaction back.</summary>
        Reaction,
    }
}
