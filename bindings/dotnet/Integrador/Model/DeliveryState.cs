namespace Integrador
{
    /// <summary>Where a publication stands at one platform.</summary>
    public enum DeliveryState
    {
        /// <summary>Here on disk, not yet sent or not yet acknowledged.</summary>
        Waiting,

        /// <summary>The gateway of that platform has it.</summary>
        Accepted,

        /// <summary>The other node has it, and waits for the room's announcement.</summary>
        Parked,

        /// <summary>There.</summary>
        Delivered,

        /// <summary>It will not arrive unless somebody retries it.</summary>
        Dead,

        /// <summary>That platform has no word for it, so it did not go there, and will not: a delete or a reaction.</summary>
        Unsupported,
    }
}
