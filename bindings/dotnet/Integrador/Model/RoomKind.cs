namespace Integrador
{
    /// <summary>Whether a room is open to all.</summary>
    public enum RoomKind
    {
        /// <summary>Only its members read and write.</summary>
        Private,

        /// <summary>Everybody on every platform may read and write.</summary>
        Public,
    }
}
