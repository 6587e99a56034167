using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NetCoreChat.Model;

namespace NetCoreChat.Store
{
    /// <summary>
    /// The chat's own database: a journal on disk, and what it says in memory. What is written is on the disk before anybody sees it.
    /// A journal that says much twice is written anew when it is opened.
    /// </summary>
    internal sealed class Database : IDisposable
    {
        private const int Version = 1;
        private const string Name = "chat.journal";

        /// <summary>A journal is written anew when it is longer than this, and has twice as many entries as it needs.</summary>
        private const long Grown = 1 << 20;

        private readonly Folder folder;
        private readonly SemaphoreSlim turn = new SemaphoreSlim(1);
        private readonly object gate = new object();
        private readonly Action<string> say;
        private State state = new State();
        private Journal journal = null!;

        private Database(Folder folder, Action<string> say)
        {
            this.folder = folder;
            this.say = say;
        }

        /// <summary>Opens it, or begins a new one.</summary>
        /// <param name="path">The folder.</param>
        /// <param name="say">Is told what somebody who reads the log should know.</param>
        /// <param name="grown">For tests: how long a journal may be before it is written anew.</param>
        internal static Database Open(string path, Action<string> say, long grown = Grown)
        {
            var database = new Database(Folder.Open(path), say);
            try
            {
                // What was being written when the process ended.
                File.Delete(database.folder.File(Name + ".new"));
                int entries = database.Replay();
                if (database.journal.Length > grown && entries > 2 * database.state.Size)
                {
                    database.Compact();
                }
                return database;
            }
            catch
            {
                database.Dispose();
                throw;
            }
        }

        /// <summary>Reads the journal from its beginning; how many entries it has.</summary>
        private int Replay()
        {
            int entries = 0;
            string path = folder.File(Name);
            state = new State();
            journal = Journal.Open(
                path,
                (line, position) =>
                {
                    entries += line.Count;
                    Check(path, line, position);
                    line.ForEach(entry => state.Apply(entry, position));
                },
                bytes => say($"{path} ends in a line that was not written to its end ({bytes} bytes, of which nobody was told): it is cut off"));
            if (journal.Length == 0)
            {
                journal.Append(new[] { new Entry { Version = Version } });
                folder.Sync();
            }
            return entries;
        }

        private static void Check(string path, List<Entry> line, Position position)
        {
            if (position.Offset > 0)
            {
                return;
            }
            int version = line.FirstOrDefault()?.Version ?? throw new StoreException($"{path} is no journal of this chat");
            if (version > Version)
            {
                throw new StoreException(
                    $"{path} is of a newer version of this chat ({version}, and this one knows {Version}): start that one, or name another folder by --data");
            }
        }

        private void Compact()
        {
            string path = folder.File(Name);
            string anew = path + ".new";
            long before = journal.Length;
            using (var file = new FileStream(anew, FileMode.Create, FileAccess.Write))
            {
                void Write(Entry entry)
                {
                    byte[] line = Line.Write(new[] { entry });
                    file.Write(line, 0, line.Length);
                }

                Write(new Entry { Version = Version });
                foreach (Entry entry in state.Entries(FilesOf))
                {
                    Write(entry);
                }
                file.Flush(true);
            }
            journal.Dispose();
            folder.Replace(path, anew);
            Replay();
            say($"{path} was written anew: {before} bytes before, {journal.Length} now");
        }

        /// <summary>What it says now. <paramref name="read"/> takes what it needs and returns at once.</summary>
        internal T Read<T>(Func<State, T> read)
        {
            lock (gate)
            {
                return read(state);
            }
        }

        /// <summary>
        /// Writes what is decided by what there is now, one at a time. All of it is on the disk, and seen, when this is done; or nothing is.
        /// </summary>
        /// <param name="decide">Adds the entries to write to the list; none: nothing is written.</param>
        /// <returns>What it decided.</returns>
        /// <exception cref="StoreException">It can't be written.</exception>
        internal async Task<T> WriteAsync<T>(Func<State, List<Entry>, T> decide)
        {
            await turn.WaitAsync();
            try
            {
                var entries = new List<Entry>();
                T result = Read(now => decide(now, entries));
                if (entries.Count > 0)
                {
                    Position position = journal.Append(entries);
                    Read(now =>
                    {
                        entries.ForEach(entry => now.Apply(entry, position));
                        return true;
                    });
                }
                return result;
            }
            finally
            {
                turn.Release();
            }
        }

        /// <summary>What is attached to a message, with its bytes.</summary>
        internal IReadOnlyList<Attached> FilesOf(long message)
        {
            (List<Attached> files, Position? position) = Read(now => (now.Messages[message].Files, now.PositionOf(message)));
            return position is Position at
                ? journal.Read(at).Select(entry => FilesIn(entry, message)).Last(there => there != null)!
                : files;
        }

        /// <summary>What an entry attaches to this message, as it is stored or edited; null: nothing of that.</summary>
        private static List<Attached>? FilesIn(Entry entry, long message) =>
            entry.Message?.Id == message ? entry.Message.Files : entry.Said?.Message == message ? entry.Said.Files : null;

        public void Dispose()
        {
            journal?.Dispose();
            folder.Dispose();
            turn.Dispose();
        }
    }
}
