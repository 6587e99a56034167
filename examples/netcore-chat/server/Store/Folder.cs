using System;
using System.IO;
using System.Runtime.InteropServices;

namespace NetCoreChat.Store
{
    /// <summary>The folder of the chat's data, held by one process at a time: a second one would write into the same journal.</summary>
    internal sealed class Folder : IDisposable
    {
        private readonly FileStream held;

        private Folder(string path, FileStream held)
        {
            Path = path;
            this.held = held;
        }

        internal string Path { get; }

        /// <summary>Makes the folder if it isn't there, and holds it until it is disposed of, or the process ends in whichever way.</summary>
        internal static Folder Open(string path)
        {
            try
            {
                Directory.CreateDirectory(path);
            }
            catch (Exception e) when (e is IOException || e is UnauthorizedAccessException)
            {
                throw new StoreException($"--data {path}: the folder can't be made: {e.Message}", e);
            }
            string file = System.IO.Path.Combine(path, "in-use");
            try
            {
                return new Folder(path, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException e) when (!(e is DirectoryNotFoundException))
            {
                throw new StoreException($"--data {path}: another process has this folder in use: end that one, or name another folder", e);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new StoreException($"--data {path}: {file} can't be written: {e.Message}", e);
            }
        }

        internal string File(string name) => System.IO.Path.Combine(Path, name);

        /// <summary>Puts a file in the place of another one; which of the two is there outlives a loss of power.</summary>
        internal void Replace(string file, string by)
        {
            System.IO.File.Move(by, file, true);
            Sync();
        }

        /// <summary>The names of new files are on the disk when this returns. .NET opens no folder as a file; Windows needs nothing of this.</summary>
        internal void Sync()
        {
            if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            {
                return;
            }
            int folder = NativeMethods.Open(Path, 0);
            if (folder < 0)
            {
                throw new StoreException($"--data {Path}: the folder can't be opened to sync it (error {Marshal.GetLastWin32Error()})");
            }
            try
            {
                if (NativeMethods.Sync(folder) != 0)
                {
                    throw new StoreException($"--data {Path}: the folder can't be synced (error {Marshal.GetLastWin32Error()})");
                }
            }
            finally
            {
                _ = NativeMethods.Close(folder);
            }
        }

        public void Dispose() => held.Dispose();

        private static class NativeMethods
        {
            [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true, SetLastError = true)]
            internal static extern int Open(string path, int flags);

            [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
            internal static extern int Sync(int file);

            [DllImport("libc", EntryPoint = "close", SetLastError = true)]
            internal static extern int Close(int file);
        }
    }
}
