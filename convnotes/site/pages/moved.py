"""Addresses of sections that have moved to another page: an old one says where to go, and goes.

A page's front matter names them: ``moved: {old-section: page.md#section}``. Only the one that the
address asks for is seen; ``docs/assets/moved.js`` follows its link.
"""

from collections.abc import Callable


def pointers(sections: dict[str, str], link: Callable[[str], str]) -> str:
    """The old sections of a page as HTML.

    Args:
        sections: For each old id, the source and section that now hold what stood there.
        link: Turns a source into the page's address.
    """
    items = "".join(
        f'<li id="{old}"><a href="{link(new)}">This section has a page of its own now</a></li>'
        for old, new in sections.items()
    )
    return f'<ul class="moved" data-search-exclude>{items}</ul>' if items else ""
