namespace Integrador
{
    /// <summary>What went wrong, for code to branch on. The names are the same in every language.</summary>
    public enum ErrorKind
    {
        /// <summary>The configuration or the registry file is wrong; or the native library can't be loaded.</summary>
        Config,

        /// <summary>An argument, or a body that came in, is not what it must be; the message names the field.</summary>
        Invalid,

        /// <summary>No token, an unknown one, or a signature that does not verify.</summary>
        Unauthorized,

        /// <summary>Known, but not allowed.</summary>
        Forbidden,

        /// <summary>The sender is not a member of the private room.</summary>
        NotAMember,

        /// <summary>No platform of that name is known here.</summary>
        UnknownPlatform,

        /// <summary>No room of that id was announced here.</summary>
        UnknownRoom,

        /// <summary>No message of that event id and platform is remembered here.</summary>
        UnknownMessage,

        /// <summary>It contradicts what is there: a local id bound already, a key used for another content, a name taken.</summary>
        Conflict,

        /// <summary>Over a limit of size.</summary>
        TooLarge,

        /// <summary>Over a limit of rate, or a queue is full: later it will do.</summary>
        Busy,

        /// <summary>The node is closed or closing.</summary>
        Closed,

        /// <summary>The store can't be read or written now: disk full, locked, damaged.</summary>
        Store,

        /// <summary>Another platform could not be reached, or answered what it must not.</summary>
        Transport,

        /// <summary>A defect of this library.</summary>
        Internal,
    }
}
