"""Under ``mkdocs serve``, a page that nothing changed for is not rendered again.

MkDocs renders every page at every save, which takes longer than the one snippet that changed.
"""

from collections.abc import Hashable

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

RESULTS = ("content", "toc", "_title_from_render", "present_anchor_ids", "links_to_anchors")
_rendered: dict[str, tuple[Hashable, dict[str, object]]] = {}


def render_once(page: Page, surroundings: Hashable) -> None:
    """Make ``page`` take over its last rendering if text and ``surroundings`` are the same."""
    render = page.render

    def render_or_reuse(config: MkDocsConfig, files: Files) -> None:
        key = (page.markdown, surroundings, tuple(sorted(files.src_uris)))
        known, results = _rendered.get(page.file.src_uri, (None, {}))
        if "\n:::" in page.markdown:  # mkdocstrings also registers what it renders
            render(config, files)
        elif known == key:
            vars(page).update(results)
            page.links_to_anchors = {
                files.src_uris[target.src_uri]: anchors
                for target, anchors in (page.links_to_anchors or {}).items()
            }
        else:
            render(config, files)
            results = {name: getattr(page, name) for name in RESULTS}
            _rendered[page.file.src_uri] = key, results

    page.render = render_or_reuse
