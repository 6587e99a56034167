namespace NetCoreChat.Store
{
    /// <summary>Where a message can stand at a platform.</summary>
    internal static class Ticks
    {
        /// <summary>Whether it stays so, unless somebody retries it.</summary>
        internal static bool IsEnd(string state) => state == "delivered" || state == "dead";
    }
}
