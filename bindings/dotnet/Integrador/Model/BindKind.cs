namespace Integrador
{
    /// <summary>What is bound to an id of the application's own.</summary>
    public enum BindKind
    {
        /// <summary>A user.</summary>
        User,

        /// <summary>A room.</summary>
        Room,
    }
}
