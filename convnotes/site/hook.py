"""The MkDocs hook: what the site needs beyond its Markdown extensions: labs, a font, speed."""

import os
import posixpath
import re
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from convnotes.site import labs, math_font, reuse, snippets


def on_config(config: MkDocsConfig) -> None:
    """Labs draw like snippets, and run again whenever the package changes.

    mkdocs-jupyter's own cache key is the notebook alone.
    """
    os.environ["MPLBACKEND"] = "module://convnotes.site.lab_backend"
    plugin = config.plugins["mkdocs-jupyter"]
    plugin.config["cache_dir"] = f".cache/labs/{snippets.fingerprint().hex()[:16]}"


def on_pre_build(config: MkDocsConfig) -> None:
    """Compile the reference's templates once, and not at every build."""
    folder = Path(".cache/templates")
    folder.mkdir(parents=True, exist_ok=True)
    reference = config.plugins["mkdocstrings"].get_handler("python")
    reference.env.bytecode_cache = FileSystemBytecodeCache(str(folder))


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Don't render a page again that nothing changed for."""
    if page.file.src_uri.endswith(".md"):
        settings = (Path(config.docs_dir, "glossary.md"), Path(config.config_file_path))
        reuse.render_once(page, (snippets.fingerprint(), *(path.read_bytes() for path in settings)))


def on_serve(server: object, **kwargs: object) -> None:
    """Start what snippets are forked from, so that the first edit needn't wait for it."""
    snippets.run_in_process("")


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give notebook pages the markup of the other pages.

    Raises:
        ValueError: If a lab links to a page that doesn't exist, which MkDocs doesn't check there.
    """
    if not page.file.src_uri.endswith(".py"):
        return html

    def link(address: str) -> str:
        source, _, anchor = address.partition("#")
        target = files.get_file_from_path(
            posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), source))
        )
        if target is None:
            raise ValueError(f"docs/{page.file.src_uri} links to {address!r}, which isn't there")
        return target.url_relative_to(page.file) + (f"#{anchor}" if anchor else "")

    return labs.clean(html, link)


# The search plugin reads every tag of a page, and most of them are drawings and coloured code, in
# which it finds nothing. Reading them took a fifth of a rebuild.
NOTHING_TO_FIND = re.compile(r"<svg.*?</svg>|</?span[^>]*>", re.DOTALL)
_whole: dict[str, str] = {}


@event_priority(100)  # before the search plugin
def _hide_from_search(context: dict, page: Page, **kwargs: object) -> None:
    _whole[page.url] = page.content
    page.content = NOTHING_TO_FIND.sub("", page.content)


@event_priority(-100)
def _show_again(context: dict, page: Page, **kwargs: object) -> None:
    page.content = _whole.pop(page.url)


on_page_context = CombinedEvent(_hide_from_search, _show_again)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name the search dialog for screen readers, which the theme leaves out."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')


def on_post_build(config: MkDocsConfig) -> None:
    """Put the font beside the style sheet that names it."""
    site = Path(config.site_dir)
    pages = [path.read_text("utf-8") for path in sorted(site.rglob("*.html"))]
    font = math_font.subset_font(math_font.characters(pages))
    (site / "assets/math.woff2").write_bytes(font)
