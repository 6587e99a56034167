using System;
using System.Collections.Generic;

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
            string? importError,
            string? lastError,
            DateTimeOffset? nextTry,
            IReadOnlyList<Finding> findings)
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
            LastError = lastError;
            NextTry = nextTry;
            Findings = findings;
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

        /// <summary>Why it is down, or why what waits for it is not sent now, or null.</summary>
        public string? LastError { get; }

        /// <summary>When it is tried again, unless it gives a sign of life sooner, or null.</summary>
        public DateTimeOffset? NextTry { get; }

        /// <summary>What its last ping showed to be wrong between the registries of both sides, at most 20.</summary>
        public IReadOnlyList<Finding> Findings { get; }
    }
}
