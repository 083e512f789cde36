"""The home page's ways to the others: each with a picture from that page, and how long it takes."""

import re
from collections.abc import Mapping
from html import unescape

from mkdocs.structure.pages import Page

from convnotes.site.pages.reading import FIGURE

ITEM = re.compile(r'<li><a href="(?P<href>[^"]+)">(?P<title>.*?)</a>(?P<words>.*?)</li>', re.DOTALL)
CAPTION = re.compile(r"<figcaption[^>]*>(.*?)</figcaption>", re.DOTALL)


def furnish(html: str, pages: Mapping[str, Page], pictures: Mapping[str, str]) -> str:
    """Give every list item that starts with a link to a page its reading time, and a picture.

    The picture is for items that say something about the page behind the link.

    Args:
        html: The home page's content.
        pages: By their address as the home page links to it; all of them rendered.
        pictures: By a page's source, the label of the figure that stands for it.

    Raises:
        ValueError: If a page that is linked so has no picture, or a picture no such link, or no
            figure has its label.
    """
    unused = dict(pictures)

    def replace(item: re.Match[str]) -> str:
        page = pages.get(item["href"])
        if page is None or "minutes" not in page.meta:
            return item[0]
        href, title, words = item["href"], item["title"], item["words"].strip()
        time = f'<span class="minutes">{page.meta["minutes"]} minutes</span>'
        if not words:
            return f'<li><a href="{href}">{title} {time}</a></li>'
        figure = _figure(page, unused.pop(page.file.src_uri, None))
        return f'<li>{figure}<a href="{href}">{title}</a><p>{words}</p>{time}</li>'

    html = ITEM.sub(replace, html)
    if unused:
        raise ValueError(f"pictures names {', '.join(unused)}, to which no list item links")
    return html


def _figure(page: Page, label: str | None) -> str:
    """The page's own figure, whole, so that it looks and is read out as it is there."""
    figures = {unescape(CAPTION.search(f)[1]): f for f in FIGURE.findall(page.content)}
    if label not in figures:
        raise ValueError(
            f"docs/{page.file.src_uri} has no figure {label!r} for the home page to show; "
            f"it has {', '.join(map(repr, figures))}"
        )
    return figures[label]
