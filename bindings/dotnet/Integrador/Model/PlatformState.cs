namespace Integrador
{
    /// <summary>What happened to a platform.</summary>
    public enum PlatformState
    {
        /// <summary>It answers. A hint, which a crash may swallow.</summary>
        Up,

        /// <summary>It does not answer. A hint, which a crash may swallow.</summary>
        Down,

        /// <summary>It is new here.</summary>
        Joined,

        /// <summary>It is gone from the registry.</summary>
        Removed,

        /// <summary>It answers 401 or 403: a wrong token or a wrong registry.</summary>
        Refused,
    }
}
