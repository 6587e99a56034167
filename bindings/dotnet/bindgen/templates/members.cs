{% macro docs(lines, indent) -%}
{% for line in lines.iter() %}
{{ indent }}{{ line }}
{%- endfor %}
{%- endmacro %}

{% macro member(member) %}
{% call docs(member.docs, "        ") %}{% endcall %}
{%- for line in member.signature.iter() %}
        {{ line }}
{%- endfor %}
        {
{%- for line in member.body.iter() %}
            {{ line }}
{%- endfor %}
        }
{% endmacro %}

{% macro properties(values, indent) %}
{%- for line in values.constructor() %}
{{ indent }}{{ line }}
{%- endfor %}
{{ indent }}{
{%- for p in values.properties.iter() %}
{{ indent }}    {{ p.name }} = {{ p.parameter }}{% if p.refuses_null %} ?? throw new ArgumentNullException(nameof({{ p.parameter }})){% endif %};
{%- endfor %}
{{ indent }}}
{% for p in values.properties.iter() %}
{% call docs(p.docs, indent) %}{% endcall %}
{{ indent }}public {{ p.ty }} {{ p.name }} { get; }
{% endfor %}
{%- endmacro %}

{% macro equality(values, indent) %}
{%- if values.properties.is_empty() %}
{{ indent }}public override bool Equals(object? obj) => obj is {{ values.class }};

{{ indent }}public override int GetHashCode() => {{ values.class.len() }};
{%- else %}
{{ indent }}public override bool Equals(object? obj) =>
{{ indent }}    obj is {{ values.class }} other
{%- for p in values.properties.iter() %}
{{ indent }}    && {{ p.equal }}
{%- endfor %};

{{ indent }}public override int GetHashCode()
{{ indent }}{
{{ indent }}    unchecked
{{ indent }}    {
{{ indent }}        var hash = 17;
{%- for p in values.properties.iter() %}
{{ indent }}        hash = (hash * 31) + {{ p.hash }};
{%- endfor %}
{{ indent }}        return hash;
{{ indent }}    }
{{ indent }}}
{%- endif %}
{% endmacro %}
