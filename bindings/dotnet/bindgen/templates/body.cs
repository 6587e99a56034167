{%- import "members.cs" as write -%}
{% if let Some(functions) = functions %}
    /// <summary>The functions that belong to no object.</summary>
    {{ visibility }} static class {{ functions.class }}
    {
{%- for member in functions.members %}
{% call write::member(member) %}{% endcall %}
{% endfor %}
    }
{% endif %}
{%- for object in objects %}
{% call write::docs(object.docs, "    ") %}{% endcall %}
    {{ visibility }} sealed class {{ object.class }} : {% if object.is_equatable %}IEquatable<{{ object.class }}>, {% endif %}IDisposable
    {
        private readonly NativeHandle handle;

        private {{ object.class }}(NativeHandle handle) => this.handle = handle;
{% for member in object.members %}
{% call write::member(member) %}{% endcall %}
{% endfor %}
{% if object.is_equatable %}
        public override bool Equals(object? obj) => Equals(obj as {{ object.class }});
{% endif %}
        /// <summary>Gives the object up. Calls that run end as usual; a new one throws an <see cref="ObjectDisposedException"/>.</summary>
        public void Dispose() => handle.Dispose();

        internal static {{ object.class }} FromRust(ulong reference) => new {{ object.class }}(new NativeHandle(reference));

        /// <summary>Gives up a reference that Rust has not taken.</summary>
        internal static void FreeRust(ulong reference) => new NativeHandle(reference).Dispose();

        /// <summary>A reference for Rust to take.</summary>
        internal ulong ToRust() => handle.Clone(nameof({{ object.class }}));

        private sealed class NativeHandle : RustHandle
        {
            internal NativeHandle(ulong reference)
                : base(reference)
            {
            }

            protected override ulong CloneReference(ulong reference, ref RustCallStatus status) =>
                NativeMethods.{{ object.clone }}(reference, ref status);

            protected override void FreeReference(ulong reference, ref RustCallStatus status) =>
                NativeMethods.{{ object.free }}(reference, ref status);
        }
    }
{% endfor %}
{%- for record in records %}
{%- let class = record.class.as_str() %}
{% call write::docs(record.values.docs, "    ") %}{% endcall %}
    {{ visibility }} sealed class {{ class }} : IEquatable<{{ class }}>
    {
{%- call write::properties(record.values, "        ") %}{% endcall %}

        public static bool operator ==({{ class }}? left, {{ class }}? right) => Equals(left, right);

        public static bool operator !=({{ class }}? left, {{ class }}? right) => !Equals(left, right);

        public bool Equals({{ class }}? other) => Equals((object?)other);
{% call write::equality(record.values, "        ") %}{% endcall %}
        public override string ToString() => {% if record.values.properties.is_empty() %}nameof({{ class }}){% else %}FormattableString.Invariant($"{{ record.values.text() }}"){% endif %};
    }
{% endfor %}
{%- for flat in flat_enums %}
{% call write::docs(flat.docs, "    ") %}{% endcall %}
    {{ visibility }} enum {{ flat.class }}{% if flat.underlying != "int" %} : {{ flat.underlying }}{% endif %}
    {
{%- for (docs, name, number) in flat.variants.iter() %}
{%- call write::docs(docs, "        ") %}{% endcall %}
        {{ name }} = {{ number }},
{%- endfor %}
    }
{% endfor %}
{%- for choice in choices %}
{%- let class = choice.class.as_str() %}
{% call write::docs(choice.docs, "    ") %}{% endcall %}
{%- if choice.error.is_none() %}
    {{ visibility }} abstract class {{ class }} : IEquatable<{{ class }}>
    {
        private {{ class }}()
        {
        }

        public static bool operator ==({{ class }}? left, {{ class }}? right) => Equals(left, right);

        public static bool operator !=({{ class }}? left, {{ class }}? right) => !Equals(left, right);

        public bool Equals({{ class }}? other) => Equals((object?)other);

        public abstract override bool Equals(object? obj);

        public abstract override int GetHashCode();
{%- for variant in choice.variants %}
{% call write::docs(variant.docs, "        ") %}{% endcall %}
        public sealed class {{ variant.class }} : {{ class }}
        {
{%- if !variant.properties.is_empty() %}
{%- call write::properties(variant, "            ") %}{% endcall %}
{%- endif %}
{% call write::equality(variant, "            ") %}{% endcall %}
            public override string ToString() => {% if variant.properties.is_empty() %}nameof({{ variant.class }}){% else %}FormattableString.Invariant($"{{ variant.text() }}"){% endif %};
        }
{% endfor %}
    }
{%- else %}
    {{ visibility }} abstract class {{ class }} : Exception
    {
{%- if choice.is_flat_error() %}
        private {{ class }}(string message)
            : base(message)
        {
        }
{%- else %}
{%- if choice.description().is_some() %}
        private string? message;
{% endif %}
        private {{ class }}()
        {
        }
{%- if let Some(body) = choice.description() %}

        /// <summary>What Rust says about it.</summary>
        public override string Message => message ??= Describe(this);
{% endif %}
{%- endif %}
{%- if let Some(body) = choice.description() %}
        private static string Describe({{ class }} error)
        {
{%- for line in body %}
            {{ line }}
{%- endfor %}
        }
{% endif %}
{%- for variant in choice.variants %}
{% call write::docs(variant.docs, "        ") %}{% endcall %}
        public sealed class {{ variant.class }} : {{ class }}
        {
{%- if choice.is_flat_error() %}
            public {{ variant.class }}(string message)
                : base(message)
            {
            }
{%- else if !variant.properties.is_empty() %}
{%- call write::properties(variant, "            ") %}{% endcall %}
{%- endif %}
{%- if choice.is_error_of_fields() %}
            public override string Message => {% if variant.properties.is_empty() %}nameof({{ variant.class }}){% else %}FormattableString.Invariant($"{{ variant.text() }}"){% endif %};
{%- endif %}
        }
{% endfor %}
    }
{%- endif %}
{% endfor %}
{% include "converters.cs" %}
{% include "runtime.cs" %}
{% include "buffers.cs" %}
{% include "futures.cs" %}
