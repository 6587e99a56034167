    /// <summary>Bytes that Rust allocates and frees. Whoever holds one gives it to Rust, or frees it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct RustBuffer
    {
        internal ulong Capacity;
        internal ulong Length;
        internal IntPtr Data;

        internal static RustBuffer Allocate(int size)
        {
            var status = default(RustCallStatus);
            var buffer = NativeMethods.{{ buffer_alloc }}((ulong)size, ref status);
            status.Check();
            return buffer;
        }

        /// <summary>The text as UTF-8. Half of a surrogate pair becomes U+FFFD.</summary>
        internal static RustBuffer FromString(string text)
        {
            var size = Encoding.UTF8.GetByteCount(text);
            var buffer = Allocate(size);
            fixed (char* characters = text)
            {
                Encoding.UTF8.GetBytes(characters, text.Length, (byte*)buffer.Data, size);
            }
            return buffer;
        }

        /// <summary>The text in it, and frees it.</summary>
        internal string TakeString()
        {
            try
            {
                return Length == 0 ? string.Empty : Encoding.UTF8.GetString((byte*)Data, checked((int)Length));
            }
            finally
            {
                Free();
            }
        }

        internal void Free()
        {
            if (Data != IntPtr.Zero)
            {
                var status = default(RustCallStatus);
                NativeMethods.{{ buffer_free }}(this, ref status);
                this = default;
            }
        }
    }

    /// <summary>Bytes that are lent to Rust for one call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct ForeignBytes
    {
        internal int Length;
        internal IntPtr Data;

        internal ForeignBytes(byte* data, int length)
        {
            Length = length;
            Data = (IntPtr)data;
        }
    }

    /// <summary>How a call ended.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RustCallStatus
    {
        private const sbyte Success = 0;
        private const sbyte DeclaredError = 1;
        private const sbyte Cancelled = 3;

        private sbyte code;
        private RustBuffer error;

        internal bool Succeeded => code == Success;

        /// <summary>Throws unless the call succeeded.</summary>
        /// <param name="lift">Makes an exception of an error that the call declares.</param>
        internal void Check(Func<RustBuffer, Exception>? lift = null)
        {
            if (code != Success)
            {
                throw ToException(lift);
            }
        }

        internal Exception ToException(Func<RustBuffer, Exception>? lift)
        {
            if (code == DeclaredError && lift != null)
            {
                return lift(error);
            }
            if (code == Cancelled)
            {
                error.Free();
                return new OperationCanceledException();
            }
            var text = error.TakeString();
            return new RustPanicException(text.Length > 0 ? text : "Rust panicked, and said nothing about it");
        }
    }

    /// <summary>Writes values one after the other into a buffer of Rust's: big-endian, lengths and counts before what they count.</summary>
    internal unsafe struct RustWriter
    {
        private const int InitialSize = 128;

        private RustBuffer buffer;

        internal delegate void Write<T>(ref RustWriter writer, T value);

        /// <summary>A buffer with the value in it.</summary>
        internal static RustBuffer Lower<T>(T value, Write<T> write)
        {
            var writer = new RustWriter { buffer = RustBuffer.Allocate(InitialSize) };
            writer.buffer.Length = 0;
            try
            {
                write(ref writer, value);
            }
            catch
            {
                writer.buffer.Free();
                throw;
            }
            return writer.buffer;
        }

        internal void WriteByte(byte value) => *Reserve(1) = value;

        internal void WriteSByte(sbyte value) => *Reserve(1) = unchecked((byte)value);

        internal void WriteBoolean(bool value) => *Reserve(1) = value ? (byte)1 : (byte)0;

        internal void WriteUInt16(ushort value)
        {
            var at = Reserve(2);
            at[0] = unchecked((byte)(value >> 8));
            at[1] = unchecked((byte)value);
        }

        internal void WriteInt16(short value) => WriteUInt16(unchecked((ushort)value));

        internal void WriteUInt32(uint value)
        {
            var at = Reserve(4);
            at[0] = unchecked((byte)(value >> 24));
            at[1] = unchecked((byte)(value >> 16));
            at[2] = unchecked((byte)(value >> 8));
            at[3] = unchecked((byte)value);
        }

        internal void WriteInt32(int value) => WriteUInt32(unchecked((uint)value));

        internal void WriteUInt64(ulong value)
        {
            WriteUInt32(unchecked((uint)(value >> 32)));
            WriteUInt32(unchecked((uint)value));
        }

        internal void WriteInt64(long value) => WriteUInt64(unchecked((ulong)value));

        internal void WriteSingle(float value) => WriteUInt32(*(uint*)&value);

        internal void WriteDouble(double value) => WriteUInt64(*(ulong*)&value);

        internal void WriteString(string value)
        {
            if (value is null)
            {
                throw new ArgumentNullException(nameof(value), "A text in a list, a map or a record is null.");
            }
            var size = Encoding.UTF8.GetByteCount(value);
            WriteInt32(size);
            var at = Reserve(size);
            fixed (char* characters = value)
            {
                Encoding.UTF8.GetBytes(characters, value.Length, at, size);
            }
        }

        internal void WriteBytes(byte[] value)
        {
            if (value is null)
            {
                throw new ArgumentNullException(nameof(value), "Bytes in a list, a map or a record are null.");
            }
            WriteInt32(value.Length);
            Marshal.Copy(value, 0, (IntPtr)Reserve(value.Length), value.Length);
        }

        internal void WriteTimestamp(DateTimeOffset value)
        {
            var ticks = value.UtcTicks - RustTime.Epoch;
            var seconds = ticks / TimeSpan.TicksPerSecond;
            var rest = ticks % TimeSpan.TicksPerSecond;
            if (seconds == 0 && rest < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "UniFFI has no form for a time in the last second before 1970.");
            }
            // Before 1970 both parts count backwards, and only the first has a sign.
            WriteInt64(seconds);
            WriteUInt32((uint)Math.Abs(rest) * RustTime.NanosecondsPerTick);
        }

        internal void WriteDuration(TimeSpan value)
        {
            if (value < TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A duration can't be negative.");
            }
            WriteUInt64((ulong)(value.Ticks / TimeSpan.TicksPerSecond));
            WriteUInt32((uint)(value.Ticks % TimeSpan.TicksPerSecond) * RustTime.NanosecondsPerTick);
        }

        private byte* Reserve(int size)
        {
            if (buffer.Capacity - buffer.Length < (ulong)size)
            {
                // At least doubled, by Rust, which has the old one then.
                var status = default(RustCallStatus);
                var old = buffer;
                buffer = default;
                buffer = NativeMethods.{{ buffer_reserve }}(old, (ulong)size, ref status);
                status.Check();
            }
            var at = (byte*)buffer.Data + buffer.Length;
            buffer.Length += (ulong)size;
            return at;
        }
    }

    /// <summary>Reads what Rust has written in the same way.</summary>
    internal unsafe ref struct RustReader
    {
        private readonly byte* end;
        private byte* next;

        internal RustReader(RustBuffer buffer)
        {
            next = (byte*)buffer.Data;
            end = next + buffer.Length;
        }

        internal delegate T Read<T>(ref RustReader reader);

        /// <summary>The value in the buffer, which is freed.</summary>
        internal static T Lift<T>(RustBuffer buffer, Read<T> read)
        {
            try
            {
                var reader = new RustReader(buffer);
                var value = read(ref reader);
                if (reader.next != reader.end)
                {
                    throw new RustLibraryException("It sent more than was expected.");
                }
                return value;
            }
            finally
            {
                buffer.Free();
            }
        }

        internal byte ReadByte() => *Take(1);

        internal sbyte ReadSByte() => unchecked((sbyte)*Take(1));

        internal bool ReadBoolean() => *Take(1) != 0;

        internal ushort ReadUInt16()
        {
            var at = Take(2);
            return (ushort)(at[0] << 8 | at[1]);
        }

        internal short ReadInt16() => unchecked((short)ReadUInt16());

        internal uint ReadUInt32()
        {
            var at = Take(4);
            return (uint)at[0] << 24 | (uint)at[1] << 16 | (uint)at[2] << 8 | at[3];
        }

        internal int ReadInt32() => unchecked((int)ReadUInt32());

        internal ulong ReadUInt64()
        {
            var high = ReadUInt32();
            return (ulong)high << 32 | ReadUInt32();
        }

        internal long ReadInt64() => unchecked((long)ReadUInt64());

        internal float ReadSingle()
        {
            var bits = ReadUInt32();
            return *(float*)&bits;
        }

        internal double ReadDouble()
        {
            var bits = ReadUInt64();
            return *(double*)&bits;
        }

        internal string ReadString()
        {
            var size = ReadInt32();
            return size == 0 ? string.Empty : Encoding.UTF8.GetString(Take(size), size);
        }

        internal byte[] ReadBytes()
        {
            var bytes = ReadArray<byte>();
            Marshal.Copy((IntPtr)Take(bytes.Length), bytes, 0, bytes.Length);
            return bytes;
        }

        /// <summary>An array with as many items as follow.</summary>
        internal T[] ReadArray<T>()
        {
            var count = ReadInt32();
            return count == 0 ? Array.Empty<T>() : new T[count];
        }

        /// <summary>What lies before the year 1 or after the year 9999 becomes the first or the last moment of them.</summary>
        internal DateTimeOffset ReadTimestamp()
        {
            var seconds = ReadInt64();
            var rest = (long)(ReadUInt32() / RustTime.NanosecondsPerTick);
            if (Math.Abs((double)seconds) > TimeSpan.MaxValue.TotalSeconds / 2)
            {
                return seconds < 0 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue;
            }
            var ticks = RustTime.Epoch + seconds * TimeSpan.TicksPerSecond + (seconds < 0 ? -rest : rest);
            return new DateTimeOffset(Math.Max(0, Math.Min(DateTime.MaxValue.Ticks, ticks)), TimeSpan.Zero);
        }

        /// <summary>What is longer than a <see cref="TimeSpan"/> can be becomes the longest there is.</summary>
        internal TimeSpan ReadDuration()
        {
            var seconds = ReadUInt64();
            var rest = (long)(ReadUInt32() / RustTime.NanosecondsPerTick);
            return seconds < long.MaxValue / TimeSpan.TicksPerSecond
                ? new TimeSpan((long)seconds * TimeSpan.TicksPerSecond + rest)
                : TimeSpan.MaxValue;
        }

        private byte* Take(int size)
        {
            if (size < 0 || end - next < size)
            {
                throw new RustLibraryException("It sent less than was expected.");
            }
            var at = next;
            next += size;
            return at;
        }
    }

    internal static class RustTime
    {
        /// <summary>The ticks of 1970.</summary>
        internal const long Epoch = 621_355_968_000_000_000;
        internal const uint NanosecondsPerTick = 100;
    }
