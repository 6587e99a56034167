// What the native library fails with, as the one exception of this package.
using System;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Integrador.Native;

namespace Integrador.Internal
{
    internal static class Failures
    {
        internal static IntegradorException Invalid(string field, string expected) =>
            new IntegradorException(ErrorKind.Invalid, $"`{field}`: {expected}", field);

        internal static IntegradorException Config(string field, string what) =>
            new IntegradorException(ErrorKind.Config, $"`{field}`: {what}", field);

        internal static IntegradorException Closed(string what = "node") =>
            new IntegradorException(ErrorKind.Closed, $"the {what} is closed: open it again");

        internal static IntegradorException Of(Failure failure) =>
            new IntegradorException(Shown.Kind(failure.Kind), failure.Text, failure.Field, failure.Retryable);

        /// <summary>Does something, and throws what it fails with as applications are to see it.</summary>
        internal static T Do<T>(Func<T> work)
        {
            try
            {
                return work();
            }
            catch (Exception e) when (Of(e) != null)
            {
                throw Of(e)!;
            }
        }

        internal static void Do(Action work)
        {
            try
            {
                work();
            }
            catch (Exception e) when (Of(e) != null)
            {
                throw Of(e)!;
            }
        }

        /// <summary>The same where it is awaited. It begins before this returns.</summary>
        internal static async Task<TShown> Do<T, TShown>(Func<Task<T>> work, Func<T, TShown> shown)
        {
            try
            {
                return shown(await work().ConfigureAwait(false));
            }
            catch (Exception e) when (Of(e) != null)
            {
                throw Of(e)!;
            }
        }

        internal static async Task Do(Func<Task> work)
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception e) when (Of(e) != null)
            {
                throw Of(e)!;
            }
        }

        /// <summary>What applications are to see in the place of this; null: this.</summary>
        private static IntegradorException? Of(Exception e) => e switch
        {
            NativeException.Failed failed => Of(failed.Failure),
            ObjectDisposedException _ => Closed(),
            RustPanicException _ => new IntegradorException(
                ErrorKind.Internal, "a defect of Integrador, please report it: " + e.Message, null, false, e),
            RustLibraryException _ => new IntegradorException(ErrorKind.Config, e.Message, null, false, e),
            DllNotFoundException _ => NotLoaded(e),
            BadImageFormatException _ => NotLoaded(e),
            _ => null,
        };

        private static IntegradorException NotLoaded(Exception cause)
        {
            string system = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "win"
                : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "osx" : "linux";
            string rid = system + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
            string file = system == "win" ? "integrador_ffi.dll" : system == "osx" ? "libintegrador_ffi.dylib" : "libintegrador_ffi.so";
            return new IntegradorException(
                ErrorKind.Config,
                $"the native library {file} can't be loaded for {rid} ({cause.Message.Trim()}); the package Integrador brings the one for "
                + "linux-x64, which needs glibc 2.28 or newer (Alpine does not have it); for another system build the crate "
                + $"integrador-ffi there, and put {file} beside Integrador.dll",
                null,
                false,
                cause);
        }
    }
}
