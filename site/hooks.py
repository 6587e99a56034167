"""What MkDocs does otherwise than the repository's own view of the pages: anchors, links out of docs, colours of code."""

import re
import runpy
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
sys.dont_write_bytecode = True
links = runpy.run_path(str(ROOT / "tests" / "links"))


def on_config(config):
    config.mdx_configs.setdefault("toc", {})["slugify"] = lambda heading, separator: links["slug"](heading)
    return config


def on_files(files, config):
    """A style sheet with the colours of code, for a light and for a dark page."""
    light = HtmlFormatter(style="default", classprefix="").get_style_defs("[data-bs-theme=light] .highlight")
    dark = HtmlFormatter(style="github-dark", classprefix="").get_style_defs("[data-bs-theme=dark] .highlight")
    files.append(File.generated(config, "css/code.css", content=f"{light}\n{dark}\n"))
    config.extra_css.append("css/code.css")
    return files


def as_read(block):
    """An example in Rust without the lines that only the compiler needs, as rustdoc shows it."""
    return "```rust\n" + re.sub(r"^#(?: .*)?\n", "", block[1], flags=re.M) + "```"


def on_page_markdown(markdown, page, config, files):
    """A link to a file of the repository that is no page becomes one to the repository."""
    markdown = re.sub(r"^```rust(?:,\w+)*\n(.*?)^```$", as_read, markdown, flags=re.M | re.S)
    folder = (DOCS / page.file.src_uri).parent
    for target in sorted({target for _, target in links["links"](markdown)}, key=len, reverse=True):
        path, _, anchor = target.partition("#")
        if not path or re.match(r"[a-z][a-z0-9+.-]*:", path):
            continue
        aim = (folder / path).resolve()
        if aim.is_relative_to(DOCS):
            continue
        if not aim.is_relative_to(ROOT) or not aim.exists():
            raise PluginError(f"docs/{page.file.src_uri}: {target}: there is no such file")
        kind = "tree" if aim.is_dir() else "blob"
        there = f"{config.repo_url.rstrip('/')}/{kind}/main/{aim.relative_to(ROOT).as_posix()}" + (f"#{anchor}" if anchor else "")
        markdown = markdown.replace(f"]({target})", f"]({there})")
    return markdown


def on_page_content(html, page, config, files):
    """A block of code that was not taken for one fails the build."""
    if found := re.search(r"<(?:p|li)>[^<]*(?:```|~~~).*", html):
        raise PluginError(f"docs/{page.file.src_uri}: this is no block of code on the site: {found[0][:80]}")
    return html
