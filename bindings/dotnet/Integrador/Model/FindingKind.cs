namespace Integrador
{
    /// <summary>What is wrong with the registry, or with a platform in it.</summary>
    public enum FindingKind
    {
        /// <summary>The registry file is in error, or says what is hardly meant.</summary>
        Registry,

        /// <summary>Nobody answers there.</summary>
        Unreachable,

        /// <summary>It answers 401 or 403: the tokens differ, or it has no entry for this node, or a suspended one.</summary>
        Refused,

        /// <summary>Somebody answers, but not as a node or a plain platform does.</summary>
        Odd,

        /// <summary>Under its endpoint this node answers itself.</summary>
        Itself,

        /// <summary>It calls itself by another name than the registry does.</summary>
        OtherName,

        /// <summary>It speaks with a node that has no entry here: what that node's users write doesn't arrive here.</summary>
        NotKnownHere,

        /// <summary>It has no entry for a node that has one here, or none by the name of this one.</summary>
        NotKnownThere,

        /// <summary>A plain platform that both this node and that one take for theirs: what it posts to one of them the other refuses.</summary>
        HostedTwice,

        /// <summary>A room whose origin is here has members whom nobody has announced, or is private and has none.</summary>
        Members,
    }
}
