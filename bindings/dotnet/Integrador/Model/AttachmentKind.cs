namespace Integrador
{
    /// <summary>The kind of an attachment.</summary>
    public enum AttachmentKind
    {
        /// <summary>An image.</summary>
        Image,

        /// <summary>A sound.</summary>
        Audio,

        /// <summary>Any other file.</summary>
        File,
    }
}
