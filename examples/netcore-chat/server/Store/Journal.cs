using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace NetCoreChat.Store
{
    /// <summary>Where a line stands in the journal.</summary>
    internal readonly struct Position
    {
        internal Position(long offset, int length)
        {
            Offset = offset;
            Length = length;
        }

        internal long Offset { get; }

        /// <summary>Without the end of the line.</summary>
        internal int Length { get; }
    }

    /// <summary>
    /// A file to which lines are appended. What was appended is on the disk when <see cref="Append"/> returns; a line that the end of
    /// the process or of the power has torn is cut off at the next start, since nobody was told that it is there. Its user sees to it
    /// that one thread appends at a time.
    /// </summary>
    internal sealed class Journal : IDisposable
    {
        private const int Chunk = 1 << 16;

        /// <summary>What a buffer holds back after a write that failed would be written later.</summary>
        private const int Unbuffered = 1;

        private readonly string path;
        private readonly FileStream file;
        private readonly FileStream reader;
        private long end;
        private string? broken;

        private Journal(string path, FileStream file, FileStream reader)
        {
            this.path = path;
            this.file = file;
            this.reader = reader;
        }

        /// <summary>How many bytes it has.</summary>
        internal long Length => end;

        /// <summary>Opens the file, which is made if it isn't there, and tells what stands in each line.</summary>
        /// <param name="path">The file.</param>
        /// <param name="replay">Is given each line that is whole.</param>
        /// <param name="torn">Is told how many bytes of a torn line were cut off, if there were any.</param>
        internal static Journal Open(string path, Action<List<Entry>, Position> replay, Action<long> torn)
        {
            FileStream? file = null;
            FileStream? reader = null;
            try
            {
                file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, Unbuffered);
                reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, Unbuffered);
                var journal = new Journal(path, file, reader);
                journal.Replay(replay, torn);
                return journal;
            }
            catch (Exception e)
            {
                file?.Dispose();
                reader?.Dispose();
                if (e is IOException || e is UnauthorizedAccessException)
                {
                    throw new StoreException($"{path} can't be opened: {e.Message}", e);
                }
                throw;
            }
        }

        private void Replay(Action<List<Entry>, Position> replay, Action<long> torn)
        {
            int number = 0;
            foreach ((byte[] line, long offset) in Lines())
            {
                number++;
                List<Entry>? entries;
                try
                {
                    entries = Line.Read(line);
                }
                catch (JsonException e)
                {
                    throw new StoreException($"{path}: line {number} is not what this version of the chat writes ({e.Message})", e);
                }
                if (entries == null)
                {
                    if (offset + line.Length + 1 < file.Length)
                    {
                        throw new StoreException(
                            $"{path}: line {number} is damaged: its checksum does not fit. Put back a copy of the file, or move it away to begin anew");
                    }
                    break;
                }
                replay(entries, new Position(offset, line.Length));
                end = offset + line.Length + 1;
            }
            if (end < file.Length)
            {
                torn(file.Length - end);
                file.SetLength(end);
                file.Flush(true);
            }
            file.Position = end;
        }

        /// <summary>Each line that has an end, and where it begins.</summary>
        private IEnumerable<(byte[] Line, long Offset)> Lines()
        {
            var buffer = new byte[Chunk];
            var line = new MemoryStream();
            long offset = 0;
            file.Position = 0;
            for (int count; (count = file.Read(buffer, 0, buffer.Length)) > 0;)
            {
                for (int from = 0; from < count;)
                {
                    int at = Array.IndexOf(buffer, (byte)'\n', from, count - from);
                    line.Write(buffer, from, (at < 0 ? count : at) - from);
                    if (at < 0)
                    {
                        break;
                    }
                    yield return (line.ToArray(), offset);
                    offset += line.Length + 1;
                    line.SetLength(0);
                    from = at + 1;
                }
            }
        }

        /// <summary>Appends a line; it is on the disk when this returns.</summary>
        internal Position Append(IReadOnlyList<Entry> entries)
        {
            if (broken != null)
            {
                throw new StoreException($"{path} can't be written any more ({broken}): see to it, and start again");
            }
            byte[] line = Line.Write(entries);
            bool written = false;
            try
            {
                file.Write(line, 0, line.Length);
                written = true;
                file.Flush(true);
            }
            catch (IOException e)
            {
                // What the disk has of a line that could not be synced is not known: a second try would prove nothing.
                if (written || !CutOff())
                {
                    broken = e.Message;
                }
                throw new StoreException($"{path} can't be written: {e.Message}", e);
            }
            var position = new Position(end, line.Length - 1);
            end += line.Length;
            return position;
        }

        /// <summary>Takes back what was written of a line, when the disk is full.</summary>
        private bool CutOff()
        {
            try
            {
                file.SetLength(end);
                file.Position = end;
                file.Flush(true);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }

        /// <summary>What stands in a line; any thread may ask.</summary>
        internal List<Entry> Read(Position position)
        {
            var line = new byte[position.Length];
            try
            {
                lock (reader)
                {
                    reader.Position = position.Offset;
                    for (int count = 0, more; count < line.Length; count += more)
                    {
                        more = reader.Read(line, count, line.Length - count);
                        if (more == 0)
                        {
                            throw new EndOfStreamException("it ends before the line does");
                        }
                    }
                }
            }
            catch (IOException e)
            {
                throw new StoreException($"{path} can't be read: {e.Message}", e);
            }
            return Line.Read(line) ?? throw new StoreException($"{path} is damaged at byte {position.Offset}: the checksum does not fit");
        }

        public void Dispose()
        {
            file.Dispose();
            reader.Dispose();
        }
    }
}
