using System;
using System.Collections;
using System.Collections.Generic;

namespace Integrador.AspNetCore
{
    /// <summary>A line of the core's, as loggers take it apart: what it says, its fields, where it comes from in the core, and when.</summary>
    internal sealed class LineState : IReadOnlyList<KeyValuePair<string, object?>>
    {
        /// <summary>The line as text.</summary>
        internal static readonly Func<LineState, Exception?, string> Text = (state, _) => state.line.Message;

        private readonly LogLine line;

        internal LineState(LogLine line) => this.line = line;

        public int Count => line.Fields.Count + 3;

        public KeyValuePair<string, object?> this[int index]
        {
            get
            {
                if (index < line.Fields.Count)
                {
                    return new KeyValuePair<string, object?>(line.Fields[index].Key, line.Fields[index].Value);
                }

                return (index - line.Fields.Count) switch
                {
                    0 => new KeyValuePair<string, object?>("Target", line.Target),
                    1 => new KeyValuePair<string, object?>("At", line.At),
                    // Braces in what was logged are no placeholders.
                    2 => new KeyValuePair<string, object?>("{OriginalFormat}", line.Message.Replace("{", "{{").Replace("}", "}}")),
                    _ => throw new ArgumentOutOfRangeException(nameof(index)),
                };
            }
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
            {
                yield return this[i];
            }
        }

        public override string ToString() => line.Message;

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
