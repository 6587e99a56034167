using System;

namespace Xunit
{
    /// <summary>A test: a public method of a public class, <c>void</c> or <c>Task</c>. Each gets an instance of its class of its own.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public class FactAttribute : Attribute
    {
        /// <summary>Milliseconds that the test may take; 0 stands for a minute.</summary>
        public int Timeout { get; set; }

        /// <summary>Why the test is not run.</summary>
        public string? Skip { get; set; }
    }

    /// <summary>A test that is run once with each line of <see cref="InlineDataAttribute"/>.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class TheoryAttribute : FactAttribute
    {
    }

    /// <summary>The arguments of one run.</summary>
    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public sealed class InlineDataAttribute : Attribute
    {
        public InlineDataAttribute(params object?[] data) => Data = data;

        public object?[] Data { get; }
    }
}
