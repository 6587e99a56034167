namespace Integrador
{
    /// <summary>How grave a <see cref="LogLine"/> is, the least grave first.</summary>
    public enum LogLineLevel
    {
        /// <summary>Each step.</summary>
        Trace,

        /// <summary>For whoever looks for a defect.</summary>
        Debug,

        /// <summary>What happens in the normal course: a platform is up.</summary>
        Info,

        /// <summary>What somebody may have to look at: a platform is down.</summary>
        Warn,

        /// <summary>What somebody has to do something about.</summary>
        Error,
    }
}
