namespace NetCoreChat.Store
{
    /// <summary>Where a message can stand at a platform.</summary>
    internal static class Ticks
    {
        /// <summary>The node here has it.</summary>
        internal const string Waiting = "waiting";

        /// <summary>Whether it stays so, unless somebody retries it.</summary>
        internal static bool IsEnd(string state) => state == "delivered" || state == "dead" || state == "unsupported";
    }
}
