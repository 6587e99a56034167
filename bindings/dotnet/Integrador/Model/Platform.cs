namespace Integrador
{
    /// <summary>A platform that takes part.</summary>
    public sealed class Platform
    {
        internal Platform(string name, bool supportImage, bool supportAudio, string? via, bool own)
        {
            Name = name;
            SupportImage = supportImage;
            SupportAudio = supportAudio;
            Via = via;
            Own = own;
        }

        /// <summary>Its name, spelled as the registry does.</summary>
        public string Name { get; }

        /// <summary>Whether it can show images.</summary>
        public bool SupportImage { get; }

        /// <summary>Whether it can play audio.</summary>
        public bool SupportAudio { get; }

        /// <summary>The node that hosts it, or null.</summary>
        public string? Via { get; }

        /// <summary>Whether it is this application itself.</summary>
        public bool Own { get; }
    }
}
