using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Threading.Tasks;

namespace Xunit
{
    /// <summary>What a test expected, and what there was.</summary>
    public sealed class AssertException : Exception
    {
        public AssertException(string message)
            : base(message)
        {
        }
    }

    /// <summary>The assertions of xunit that the tests use, with its names and its meaning.</summary>
    public static class Assert
    {
        public static void True([DoesNotReturnIf(false)] bool condition, string? message = null)
        {
            if (!condition)
            {
                Fail(message ?? "expected true");
            }
        }

        public static void False([DoesNotReturnIf(true)] bool condition, string? message = null)
        {
            if (condition)
            {
                Fail(message ?? "expected false");
            }
        }

        [DoesNotReturn]
        public static void Fail(string message) => throw new AssertException(message);

        public static void Null(object? value) => True(value is null, $"expected null, got {Text(value)}");

        public static void NotNull([NotNull] object? value)
        {
            if (value is null)
            {
                Fail("expected something, got null");
            }
        }

        public static void Same(object? expected, object? actual) =>
            True(ReferenceEquals(expected, actual), $"expected the same object as {Text(expected)}, got {Text(actual)}");

        public static void NotSame(object? expected, object? actual) =>
            False(ReferenceEquals(expected, actual), $"expected another object than {Text(expected)}");

        public static void Equal<T>(T expected, T actual) =>
            True(AreEqual(expected, actual), $"expected {Text(expected)}, got {Text(actual)}");

        public static void Equal<T>(IEnumerable<T>? expected, IEnumerable<T>? actual) =>
            True(AreEqual(expected, actual), $"expected {Text(expected)}, got {Text(actual)}");

        public static void Equal(string? expected, string? actual) =>
            True(expected == actual, $"expected {Text(expected)}, got {Text(actual)}");

        public static void NotEqual<T>(T expected, T actual) =>
            False(AreEqual(expected, actual), $"expected anything but {Text(expected)}");

        public static void Contains(string expected, string? actual) =>
            True(actual?.Contains(expected, StringComparison.Ordinal) == true, $"expected {Text(expected)} in {Text(actual)}");

        public static void Contains<T>(T expected, IEnumerable<T> actual) =>
            True(actual.Any(item => AreEqual(expected, item)), $"expected {Text(expected)} in {Text(actual)}");

        public static void Contains<T>(IEnumerable<T> actual, Predicate<T> fits) =>
            True(actual.Any(item => fits(item)), $"expected a fitting item in {Text(actual)}");

        public static void DoesNotContain(string unexpected, string? actual) =>
            False(actual?.Contains(unexpected, StringComparison.Ordinal) == true, $"expected no {Text(unexpected)} in {Text(actual)}");

        public static void DoesNotContain<T>(T unexpected, IEnumerable<T> actual) =>
            False(actual.Any(item => AreEqual(unexpected, item)), $"expected no {Text(unexpected)} in {Text(actual)}");

        public static void StartsWith(string expected, string? actual) =>
            True(actual?.StartsWith(expected, StringComparison.Ordinal) == true, $"expected {Text(actual)} to start with {Text(expected)}");

        public static void EndsWith(string expected, string? actual) =>
            True(actual?.EndsWith(expected, StringComparison.Ordinal) == true, $"expected {Text(actual)} to end with {Text(expected)}");

        public static void Empty(IEnumerable actual) => False(actual.GetEnumerator().MoveNext(), $"expected nothing, got {Text(actual)}");

        public static void NotEmpty(IEnumerable actual) => True(actual.GetEnumerator().MoveNext(), "expected something, got an empty collection");

        public static T Single<T>(IEnumerable<T> actual)
        {
            var items = actual.ToList();
            True(items.Count == 1, $"expected one item, got {Text(items)}");
            return items[0];
        }

        public static void All<T>(IEnumerable<T> items, Action<T> assertion)
        {
            foreach (var item in items)
            {
                assertion(item);
            }
        }

        public static void InRange<T>(T actual, T low, T high)
            where T : IComparable =>
            True(actual.CompareTo(low) >= 0 && actual.CompareTo(high) <= 0, $"expected {Text(actual)} to be from {Text(low)} to {Text(high)}");

        public static T IsType<T>([NotNull] object? actual)
        {
            True(actual?.GetType() == typeof(T), $"expected a {typeof(T)}, got {actual?.GetType().ToString() ?? "null"}: {Text(actual)}");
            return (T)actual!;
        }

        public static T IsAssignableFrom<T>([NotNull] object? actual)
        {
            True(actual is T, $"expected a {typeof(T)}, got {actual?.GetType().ToString() ?? "null"}: {Text(actual)}");
            return (T)actual!;
        }

        public static T Throws<T>(Action code)
            where T : Exception => Thrown<T>(Caught(code), exactly: true);

        public static T Throws<T>(Func<object?> code)
            where T : Exception => Thrown<T>(Caught(() => code()), exactly: true);

        public static T ThrowsAny<T>(Action code)
            where T : Exception => Thrown<T>(Caught(code), exactly: false);

        public static T ThrowsAny<T>(Func<object?> code)
            where T : Exception => Thrown<T>(Caught(() => code()), exactly: false);

        public static async Task<T> ThrowsAsync<T>(Func<Task> code)
            where T : Exception => Thrown<T>(await CaughtAsync(code).ConfigureAwait(false), exactly: true);

        public static async Task<T> ThrowsAnyAsync<T>(Func<Task> code)
            where T : Exception => Thrown<T>(await CaughtAsync(code).ConfigureAwait(false), exactly: false);

        private static T Thrown<T>(Exception? caught, bool exactly)
            where T : Exception
        {
            if (caught is T expected && (!exactly || caught.GetType() == typeof(T)))
            {
                return expected;
            }
            throw new AssertException($"expected {typeof(T)} to be thrown, got {caught?.ToString() ?? "none"}");
        }

        private static Exception? Caught(Action code)
        {
            try
            {
                code();
                return null;
            }
            catch (Exception e)
            {
                return e;
            }
        }

        private static async Task<Exception?> CaughtAsync(Func<Task> code)
        {
            try
            {
                await code().ConfigureAwait(false);
                return null;
            }
            catch (Exception e)
            {
                return e;
            }
        }

        /// <summary>Collections by what is in them, everything else by its own equality.</summary>
        private static bool AreEqual(object? expected, object? actual)
        {
            if (expected is null || actual is null || expected is string || actual is string)
            {
                return Equals(expected, actual);
            }
            if (expected is IDictionary wanted && actual is IDictionary found)
            {
                return wanted.Count == found.Count && wanted.Keys.Cast<object>().All(key => found.Contains(key) && AreEqual(wanted[key], found[key]));
            }
            if (expected is IEnumerable left && actual is IEnumerable right)
            {
                var items = left.Cast<object?>().ToList();
                var others = right.Cast<object?>().ToList();
                return items.Count == others.Count && items.Zip(others, AreEqual).All(equal => equal);
            }
            return expected.Equals(actual);
        }

        private static string Text(object? value)
        {
            switch (value)
            {
                case null:
                    return "null";
                case string text:
                    return text.Length <= 500 ? $"\"{text}\"" : $"\"{text.Substring(0, 500)}\"… ({text.Length} characters)";
                case IEnumerable items:
                    var first = items.Cast<object?>().Take(21).Select(Text).ToList();
                    return "[" + string.Join(", ", first.Take(20)) + (first.Count > 20 ? ", …]" : "]");
                default:
                    return value.ToString() ?? "";
            }
        }
    }
}
