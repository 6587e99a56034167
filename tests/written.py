"""The part of a page that a script writes, between two comments."""

END = "<!-- until here -->\n"


def begin(script):
    return f"<!-- written by {script} -->\n"


def with_part(page, script, part):
    """The page with this part in the place of what the script wrote before."""
    before, rest = page.split(begin(script))
    return before + begin(script) + part + END + rest.split(END)[1]
