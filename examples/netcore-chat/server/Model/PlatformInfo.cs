namespace NetCoreChat.Model
{
    /// <summary>A platform, this one included.</summary>
    public sealed class PlatformInfo
    {
        public PlatformInfo(string name, bool own, bool supportImage, bool supportAudio, bool? up)
        {
            Name = name;
            Own = own;
            SupportImage = supportImage;
            SupportAudio = supportAudio;
            Up = up;
        }

        public string Name { get; }

        public bool Own { get; }

        public bool SupportImage { get; }

        public bool SupportAudio { get; }

        /// <summary>Null: not known yet.</summary>
        public bool? Up { get; }
    }
}
