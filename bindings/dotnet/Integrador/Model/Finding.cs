namespace Integrador
{
    /// <summary>Something that is wrong with the registry, or with a platform in it.</summary>
    public sealed class Finding
    {
        internal Finding(string? platform, FindingKind kind, string? other, string what, string toDo)
        {
            Platform = platform;
            Kind = kind;
            Other = other;
            What = what;
            ToDo = toDo;
        }

        /// <summary>The platform that it is about; null: the registry file as a whole.</summary>
        public string? Platform { get; }

        /// <summary>What is wrong.</summary>
        public FindingKind Kind { get; }

        /// <summary>The other name in it (what the platform calls itself, or who is not known), or null.</summary>
        public string? Other { get; }

        /// <summary>What is wrong, as a sentence.</summary>
        public string What { get; }

        /// <summary>What to do, as a sentence.</summary>
        public string ToDo { get; }
    }
}
