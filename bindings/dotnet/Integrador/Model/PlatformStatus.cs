using System;

namespace Integrador
{
    /// <summary>How another platform stands.</summary>
    public sealed class PlatformStatus
    {
        internal PlatformStatus(
            string name,
            PlatformKind kind,
            string? via,
            bool? up,
            DateTimeOffset? since,
            DateTimeOffset? lastContact,
            long waiting,
            DateTimeOffset? oldest,
            long dead,
            string? alarm,
            string? importError)
        {
            Name = name;
            Kind = kind;
            Via = via;
            Up = up;
            Since = since;
            LastContact = lastContact;
            Waiting = waiting;
            Oldest = oldest;
            Dead = dead;
            Alarm = alarm;
            ImportError = importError;
        }

        /// <summary>Its name.</summary>
        public string Name { get; }

        /// <summary>What it turned out to be.</summary>
        public PlatformKind Kind { get; }

        /// <summary>The node that hosts it, or null.</summary>
        public string? Via { get; }

        /// <summary>Whether it answers; null: not tried yet.</summary>
        public bool? Up { get; }

        /// <summary>Since when, or null.</summary>
        public DateTimeOffset? Since { get; }

        /// <summary>When something was last heard of it, or null.</summary>
        public DateTimeOffset? LastContact { get; }

        /// <summary>How many events wait for it.</summary>
        public long Waiting { get; }

        /// <summary>When the oldest of them entered, or null.</summary>
        public DateTimeOffset? Oldest { get; }

        /// <summary>How many dead letters there are for it.</summary>
        public long Dead { get; }

        /// <summary>What it refused (a wrong token or a wrong registry), or null.</summary>
        public string? Alarm { get; }

        /// <summary>What was wrong when its users were imported last, or null.</summary>
        public string? ImportError { get; }
    }
}
