namespace Integrador
{
    /// <summary>What a platform turned out to be.</summary>
    public enum PlatformKind
    {
        /// <summary>Not known yet: it has not answered.</summary>
        Unknown,

        /// <summary>Without this library: it speaks plain HTTP to its gateway.</summary>
        Plain,

        /// <summary>A node.</summary>
        Node,
    }
}
