"""The home page's parts: reading times, what pages need, cards, and the picture at the top."""

from types import SimpleNamespace

import numpy as np
import pytest

from convnotes.site.pages import hero, home, reading

FIGURE = (
    '<figure class="live" data-search-exclude><svg><text>1 2 3</text></svg>'
    '<figcaption id="f1-caption">{}</figcaption></figure>'
)


def code(lines):
    return "<div><pre><code>" + "<span>x = 1</span>\n" * lines + "</code></pre></div>"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>one word</p>", 1),
        ("<p>" + "word " * 400 + "</p>", 2),
        (code(120), 3),
        (FIGURE.format("what it shows") * 8, 2),
        (f"<p>{'word <b>a</b> ' * 100}</p>{code(40)}{FIGURE.format('x') * 4}", 3),
        ("<p>" + "<math><mi>x</mi> <mo>=</mo> <mn>1</mn></math> " * 200 + "</p>", 1),
        ("<p>" + '<a title="not read, not read">word</a> ' * 200 + "</p>", 1),
    ],
)
def test_a_minute_is_200_words_or_40_lines_of_code_or_4_figures(page, expected):
    assert reading.minutes(page) == expected


def test_what_a_page_needs_links_to_other_pages_and_is_text_otherwise():
    words = "[convolution](../convolution.md), <3 and [kernels](kernels.md#x)"
    asked = []
    html = reading.needs(words, lambda source: asked.append(source) or f"/{len(asked)}/")
    assert html == '<a href="/1/">convolution</a>, &lt;3 and <a href="/2/">kernels</a>'
    assert asked == ["../convolution.md", "kernels.md#x"]


def test_a_lab_says_what_it_needs_in_its_first_cell():
    lab = '# %% [markdown] needs="[a page](../a.md)"\n# # Title\n\n# %% needs="no"\nx = 1\n'
    assert reading.needs_of_lab(lab) == "[a page](../a.md)"
    assert reading.needs_of_lab(lab.replace("needs", "wants")) is None


def page(source, minutes, *labels):
    content = "".join(map(FIGURE.format, labels))
    return SimpleNamespace(
        file=SimpleNamespace(src_uri=source), meta={"minutes": minutes}, content=content
    )


PAGES = {"a/": page("a.md", 7, "One", "A &lt; B"), "b/": page("b.md", 12, "Two")}
START = '<ul><li><a href="a/">Start</a></li></ul>'
CARD = '<ul><li><a href="a/"><b>A</b></a> All of it.</li></ul>'


def test_a_card_shows_the_figure_of_that_label_and_the_reading_time():
    html = home.furnish(START + CARD, PAGES, {"a.md": "A < B"})
    assert html == (
        '<ul><li><a href="a/">Start <span class="minutes">7 minutes</span></a></li></ul>'
        f'<ul><li>{FIGURE.format("A &lt; B")}<a href="a/"><b>A</b></a><p>All of it.</p>'
        '<span class="minutes">7 minutes</span></li></ul>'
    )


def test_other_lists_stay_as_they_are():
    html = '<ul><li>text</li><li><a href="#here">down</a></li><li><a href="c/">C</a> c</li></ul>'
    no_lesson = page("c.md", 1)
    del no_lesson.meta["minutes"]
    assert home.furnish(html, PAGES, {}) == html
    assert home.furnish(html, PAGES | {"c/": no_lesson}, {}) == html


@pytest.mark.parametrize(
    ("html", "pictures", "words"),
    [
        (CARD, {"a.md": "Three"}, "docs/a.md has no figure 'Three' .* it has 'One', 'A < B'"),
        (CARD, {}, "docs/a.md has no figure None"),
        (CARD, {"a.md": "One", "b.md": "Two"}, "pictures names b.md, to which no list item"),
    ],
)
def test_a_card_without_its_picture_stops_the_build(html, pictures, words):
    with pytest.raises(ValueError, match=words):
        home.furnish(html, PAGES, pictures)


def test_edges_are_orange_where_it_grows_brighter_and_blue_where_darker():
    bars = np.tile(np.repeat([0.0, 1.0], 8), (32, 4))  # columns 8 to 15, 24 to 31, ... are white
    red, green, blue = np.moveaxis(hero.edges(bars, sigma=0.8), -1, 0)
    assert (red[:, [7, 8, 23, 24]] > 1.5 * blue[:, [7, 8, 23, 24]]).all()
    assert (blue[:, [15, 16, 31, 32]] > 1.2 * red[:, [15, 16, 31, 32]]).all()
    dark = [3, 4, 11, 12, 19, 20]  # in the middle of a bar
    assert max(red[:, dark].max(), green[:, dark].max(), blue[:, dark].max()) == 0
    assert 0 <= red.min() <= red.max() <= 1
