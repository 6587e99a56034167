    /// <summary>The values of the interface, on their way to Rust and back.</summary>
    internal static class Converters
    {
{%- for converter in converters %}
{%- let word = converter.word.as_str() %}
{%- let ty = converter.ty.as_str() %}
{%- if converter.lifts %}
        internal static {{ ty }} Lift{{ word }}(RustBuffer buffer) =>
            RustReader.Lift(buffer, (ref RustReader reader) => {% if let Kind::BuiltIn { read, .. } = converter.kind %}{{ read }}{% else %}Read{{ word }}(ref reader){% endif %});
{% endif %}
{%- if converter.lowers %}
        internal static RustBuffer Lower{{ word }}({{ ty }} value) =>
            RustWriter.Lower(value, (ref RustWriter writer, {{ ty }} item) => {% if let Kind::BuiltIn { write, .. } = converter.kind %}{{ write }}{% else %}Write{{ word }}(ref writer, item){% endif %});
{% endif %}
{%- match converter.kind %}
{%- when Kind::Record with (values) %}
{%- if converter.reads %}
        private static {{ ty }} Read{{ word }}(ref RustReader reader) => new {{ ty }}({{ values.reads() }});
{% endif %}
{%- if converter.writes %}
        private static void Write{{ word }}(ref RustWriter writer, {{ ty }} value)
        {
            if (value is null)
            {
                throw new ArgumentNullException(nameof(value), "A record in a list or a map is null.");
            }
{%- for p in values.properties %}
            {{ p.write }};
{%- endfor %}
        }
{% endif %}
{%- when Kind::FlatEnum with (flat) %}
{%- if converter.reads %}
        private static {{ ty }} Read{{ word }}(ref RustReader reader) => reader.ReadInt32() switch
        {
{%- for (_, name, _) in flat.variants %}
            {{ loop.index }} => {{ ty }}.{{ name }},
{%- endfor %}
            _ => throw new RustLibraryException("It sent a variant of {{ ty }} that does not exist."),
        };
{% endif %}
{%- if converter.writes %}
        private static void Write{{ word }}(ref RustWriter writer, {{ ty }} value) => writer.WriteInt32(value switch
        {
{%- for (_, name, _) in flat.variants %}
            {{ ty }}.{{ name }} => {{ loop.index }},
{%- endfor %}
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "{{ ty }} has no such variant."),
        });
{% endif %}
{%- when Kind::Choice with (choice) %}
{%- if converter.reads %}
        private static {{ ty }} Read{{ word }}(ref RustReader reader) => reader.ReadInt32() switch
        {
{%- for variant in choice.variants %}
            {{ loop.index }} => new {{ ty }}.{{ variant.class }}({% if choice.is_flat_error() %}reader.ReadString(){% else %}{{ variant.reads() }}{% endif %}),
{%- endfor %}
            _ => throw new RustLibraryException("It sent a variant of {{ ty }} that does not exist."),
        };
{% endif %}
{%- if converter.writes && !choice.is_flat_error() %}
        private static void Write{{ word }}(ref RustWriter writer, {{ ty }} choice)
        {
            switch (choice)
            {
{%- for variant in choice.variants %}
                case {{ ty }}.{{ variant.class }} {% if variant.properties.is_empty() %}_{% else %}value{% endif %}:
                    writer.WriteInt32({{ loop.index }});
{%- for p in variant.properties %}
                    {{ p.write }};
{%- endfor %}
                    break;
{%- endfor %}
                default:
                    throw new ArgumentNullException(nameof(choice), "A value in a list or a map is null.");
            }
        }
{% endif %}
{%- when Kind::Optional { read, write, is_value } %}
{%- if converter.reads %}
        private static {{ ty }} Read{{ word }}(ref RustReader reader) => reader.ReadBoolean() ? {% if *is_value %}({{ ty }}){% endif %}{{ read }} : null;
{% endif %}
{%- if converter.writes %}
        private static void Write{{ word }}(ref RustWriter writer, {{ ty }} value)
        {
            writer.WriteBoolean({% if *is_value %}value.HasValue{% else %}!(value is null){% endif %});
            if ({% if *is_value %}value.HasValue{% else %}!(value is null){% endif %})
            {
                {{ write }};
            }
        }
{% endif %}
{%- when Kind::List { item, read, write } %}
{%- if converter.reads %}
        private static {{ ty }} Read{{ word }}(ref RustReader reader)
        {
            var items = reader.ReadArray<{{ item }}>();
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = {{ read }};
            }
            return items;
        }
{% endif %}
{%- if converter.writes %}
        private static void Write{{ word }}(ref RustWriter writer, {{ ty }} items)
        {
            if (items is null)
            {
                throw new ArgumentNullException(nameof(items), "A list in a list, a map or a record is null.");
            }
            var count = items.Count;
            writer.WriteInt32(count);
            for (var i = 0; i < count; i++)
            {
                {{ write }};
            }
        }
{% endif %}
{%- when Kind::Map { key, item, read_key, read, write_key, write } %}
{%- if converter.reads %}
        private static {{ ty }} Read{{ word }}(ref RustReader reader)
        {
            var count = reader.ReadInt32();
            var map = new Dictionary<{{ key }}, {{ item }}>(count);
            for (var i = 0; i < count; i++)
            {
                var key = {{ read_key }};
                map[key] = {{ read }};
            }
            return map;
        }
{% endif %}
{%- if converter.writes %}
        private static void Write{{ word }}(ref RustWriter writer, {{ ty }} map)
        {
            if (map is null)
            {
                throw new ArgumentNullException(nameof(map), "A map in a list, a map or a record is null.");
            }
            writer.WriteInt32(map.Count);
            foreach (var entry in map)
            {
                {{ write_key }};
                {{ write }};
            }
        }
{% endif %}
{%- when Kind::BuiltIn { read: _, write: _ } %}
{%- endmatch %}
{%- endfor %}
    }

