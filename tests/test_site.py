"""The site's machinery: snippets, figures, formulas, tooltips, notebook pages."""

import base64
import io
import re
import textwrap
from xml.etree import ElementTree

import markdown
import matplotlib.pyplot as plt
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from PIL import Image

from convnotes import plots
from convnotes.plots import signed
from convnotes.site.blocks import figures, pictures, processes, running, snippets
from convnotes.site.pages import fonts, glossary, labs, mathml, reuse

FIGURE = '```python\nimport matplotlib.pyplot as plt\nplt.plot(plt.figure("{}").number)\n```'


@pytest.fixture
def convert(tmp_path, monkeypatch):
    """Convert a page that stands in docs/page.md behind front matter, with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.md").write_text(
        "---\nother_senses: [unit ramp]\n---\n# Glossary\n\n## S\n\n### Stride\n\n"
        "How far\nit moves.\n\n[Page](page.md#stride)\n\n## U\n\n"
        "### Unit, one–value thing\n\nOne value.\n"
    )

    def run(text):
        (tmp_path / "docs/page.md").write_text(f"---\ntitle: Page\n---\n\n{text}\n")
        return markdown.markdown(
            text,
            extensions=[
                "admonition", "tables", "pymdownx.arithmatex", "pymdownx.details",
                "pymdownx.superfences", "pymdownx.tabbed", "convnotes.site.pages.glossary",
                "convnotes.site.pages.mathml", "convnotes.site.blocks.plain_code",
                "convnotes.site.blocks.markup",
            ],
            extension_configs={
                "pymdownx.arithmatex": {"generic": True},
                "pymdownx.tabbed": {"alternate_style": True},
            },
        )  # fmt: skip

    return run


def test_the_figure_stands_before_the_code_that_drew_it(convert):
    html = convert(FIGURE.format("A line") + "\n\nAfter.")
    block = r'<div class="block"><figure.*<svg.*</figure>.*</code></pre></div>.*</div>\s*<p>After'
    assert re.search(block, html, re.S)
    assert html.count("A line</figcaption>") == 1


@pytest.mark.parametrize("opening", ['??? success "Solution"', "!!! note", '=== "Tab"', "- item"])
def test_indented_snippets_draw_too(convert, opening):
    indented = "\n".join("    " + line for line in FIGURE.format("Nested").splitlines())
    html = convert(f"Before.\n\n{opening}\n\n{indented}\n\nAfter.")
    assert html.count("Nested</figcaption></figure>") == 1
    assert html.index("</figure>") < html.index("<pre>") < html.index("After.")
    assert html.count("<div") == html.count("</div>")


def test_a_snippet_may_draw_twice(convert):
    code = 'import matplotlib.pyplot as plt\nplt.figure("One")\nplt.figure("Two")\nplt.show()'
    html = convert(f"```python\n{code}\n```")
    assert html.index("One</figcaption>") < html.index("Two</figcaption>")


def test_what_is_printed_is_marked_as_output(convert):
    html = convert(
        "```python\nprint(6 * 7)\n```\n\n<!--pytest-codeblocks:expected-output-->\n\n"
        "```text\n42\n```"
    )
    assert re.search(r'class="[^"]*\boutput\b[^"]*".*<code>42\n</code>', html, re.S)
    assert "<p>" not in html  # or the block isn't one
    assert "pytest-codeblocks" not in html


TABLE = "| n | n² |\n|--:|--:|\n| 2 | 4 |\n"


@pytest.mark.parametrize("before", ["", "    "])
def test_a_printed_table_is_shown_as_one(convert, before):
    page = (
        f"```python\nprint({TABLE[:-1]!r})\n```\n"
        f"<!--pytest-codeblocks:expected-output-->\n```text\n{TABLE}```\n\nAfter."
    )
    html = convert(("!!! note\n\n" if before else "") + textwrap.indent(page, before))
    assert [re.sub("<.*?>", "", row).split() for row in html.split("<tr>")[1:]] == [
        ["n", "n²"],
        ["2", "4", "After."],
    ]
    assert html.count("<pre") == 1
    with pytest.raises(snippets.SnippetError, match="the page shows"):
        convert(page.replace("| 4 |\n```", "| 5 |\n```"))


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# T\n\n```python\n1 / 0\n```", r"docs/page\.md, line 7: .*ZeroDivisionError"),
        ("text\n\n" + FIGURE.format(""), r"docs/page\.md, line 7: .*has no label"),
        ("```python\nprint(1)\n```", r"docs/page\.md, line 5: .*prints.*doesn't show"),
        (
            "```python\nprint(1)\n```\n<!--pytest-codeblocks:expected-output-->\n```text\n2\n```",
            r"docs/page\.md, line 5: the page shows\s+2\s+but the snippet prints\s+1",
        ),
        ("text\n\n```py\n1\n```", r"docs/page\.md, line 7: '```py' looks like a snippet"),
        ("```python\nimport os\nos._exit(3)\n```", "line 5: .*exit code 3"),
        ("```python\nraise SystemExit\n```", "line 5: .*SystemExit"),
        ("```python\nimport warnings\nwarnings.warn('hm')\n```", "line 5: .*UserWarning: hm"),
        ("```python\nif:\n```", "line 5: .*SyntaxError"),
    ],
)
def test_what_goes_wrong_stops_the_build_with_its_place(convert, page, message):
    with pytest.raises(snippets.SnippetError, match=re.compile(message, re.DOTALL)):
        convert(page)


def test_only_what_has_a_colour_gets_a_tag(convert):
    code = "total = 1 + sum([2])  # all"
    html = convert(f"```python\n{code}\n```")
    assert re.sub("<[^>]*>", "", html).strip() == code
    assert sorted(re.findall('<span class="(.*?)"', html)) == ["c1", "mi", "mi", "nb"]


def test_the_traceback_shows_the_line_of_the_snippet(convert):
    with pytest.raises(snippets.SnippetError, match=r'line 2, in <module>\n    int\("x"\)'):
        convert('```python\nx = 1\nint("x")\n```')


def test_a_snippet_that_never_ends_is_stopped(convert, monkeypatch):
    monkeypatch.setattr(processes, "SECONDS", 1)
    with pytest.raises(snippets.SnippetError, match="still running after 1 seconds"):
        convert("```python\nwhile True:\n    pass\n```")


def test_snippets_share_nothing(convert):
    first = "```python\nimport numpy as np\nx = 1\nnp.hidden = 1\n```"
    second = "```python\nimport numpy as np\nassert not hasattr(np, 'hidden')\nx\n```"
    with pytest.raises(snippets.SnippetError, match="name 'x' is not defined"):
        convert(f"{first}\n\n{second}")


def test_an_unchanged_snippet_runs_once(convert, tmp_path, caplog):
    # The name in the file makes the snippet itself unique to this test.
    code = f"with open({str(tmp_path / 'runs')!r}, 'a') as file:\n    _ = file.write('ran ')"
    with caplog.at_level("INFO"):
        for text in ("first", "second"):
            convert(f"{text}\n\n```python\n{code}\n```")
    assert (tmp_path / "runs").read_text() == "ran "
    assert caplog.messages == ["Ran 1 of 1 snippets of docs/page.md"]


def test_the_same_snippet_may_stand_on_a_page_twice(convert):
    html = convert("\n\n".join([FIGURE.format("Twin")] * 4))
    assert html.count("Twin</figcaption>") == 4


def test_a_change_to_the_package_runs_everything_again(convert, tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    (package / "kernels.py").write_text("weights = 1")
    monkeypatch.setattr(processes, "PACKAGE", package)
    before = processes.fingerprint()
    assert processes.fingerprint() == before
    (package / "kernels.py").write_text("weights = 2")
    assert processes.fingerprint() != before


def draw(label="A caption"):
    with plt.rc_context(figures.STYLE):
        figure, axes = plt.subplots(1, 2, num=label, clear=True)
        axes[0].plot([0, 1, 4], label="curve")
        axes[0].legend()
        axes[1].imshow(np.eye(3), cmap="RdBu_r")
        return figures.to_html(figure, label)


def test_a_figure_follows_the_palette_and_holds_no_inline_style():
    html = draw()
    assert 'stroke="var(--fig-1)"' in html
    assert 'fill="currentColor"' in html
    assert "style=" not in html
    assert "<style" not in html
    assert not [sentinel for sentinel in figures.PALETTE if sentinel in html]


def test_text_stays_text_and_a_formula_becomes_outlines():
    with plt.rc_context(figures.STYLE):
        figure = plt.figure("text", clear=True)
        figure.text(0.5, 0.5, "plain words", ha="center")
        figure.text(0.5, 0.2, r"$\sqrt{n}$")
        html = figures.to_html(figure, "text")
    assert re.search(r'<text [^>]*text-anchor="middle"[^>]*>plain words</text>', html)
    assert html.count("<text") == 1
    assert "<use" in html
    assert "font-family" not in html


def test_a_figure_reserves_its_space_and_is_described_by_its_caption():
    html = draw("<Caption> & more")
    width, height = re.search(r'<svg[^>]* width="(\d+)" height="(\d+)"', html).groups()
    assert (int(width), int(height)) == (360, 223)  # 3.75 × 2.325 inches at 96 pixels an inch
    caption = re.search(r'aria-labelledby="([^"]+)"', html)[1]
    assert f'<figcaption id="{caption}">&lt;Caption&gt; &amp; more</figcaption>' in html


@pytest.mark.parametrize("style", ["font-size: 18px; text-anchor: end", "font: 700 18px 'Arial'"])
def test_text_is_sized_by_the_page_and_keeps_its_middle(style):
    """The second is what matplotlib wrote before 3.10."""
    text = ElementTree.Element(
        "{http://www.w3.org/2000/svg}text", style=style, y="50", transform="rotate(-90 7 50)"
    )
    figures._inline_style_to_attributes(text)
    figures._size_text(text)
    assert text.get("font-size") == "2em"  # of 9
    assert (text.get("y"), text.get("dy")) == ("43.70", "0.35em")  # 50 - 0.35 × 18
    assert "font" not in text.attrib


def test_every_figure_is_as_wide_as_a_phone_and_no_text_smaller_than_can_be_read():
    with plt.rc_context(figures.STYLE):
        figure, ax = plt.subplots(num="wide", figsize=(12, 6), clear=True)
        ax.text(0, 0, "tiny", size=4)
        ax.set_title("large", size=18)
        html = figures.to_html(figure, "wide")
    assert re.search(r'<svg[^>]* width="360" height="180"', html)
    sizes = re.findall(r'<text[^>]* font-size="([^"]+)em"[^>]*>(\w+)<', html)
    assert {("1", "tiny"), ("2", "large")} <= set(sizes)
    assert min(float(size) for size, _ in sizes) == 1


def test_what_has_a_sign_takes_the_colours_of_the_palette():
    with plt.rc_context(figures.STYLE):
        figure, ax = plt.subplots(num="signed", clear=True)
        ax.imshow([[-2, 0], [1, 2]], cmap=plots.SIGNED, vmin=-2, vmax=2)
        html = figures.to_html(figure, "signed")
    assert "<image" in html
    for fill, opacity in {"negative": [[255, 0], [0, 0]], "positive": [[0, 0], [128, 255]]}.items():
        mask = re.search(rf'fill="var\(--fig-{fill}\)" mask="url\(#([^)]+)\)"', html)[1]
        data = re.search(rf'<mask id="{mask}"><image[^>]*base64,([^"]+)"', html)[1]
        drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"))
        assert np.allclose(drawn, opacity, atol=9)  # half of a step
    assert set(pictures.FILLS) == {signed.NEGATIVE, signed.POSITIVE}


def test_no_group_stands_around_nothing():
    html = draw()
    assert "<g>" not in html
    assert html.count("<g ") == html.count("</g>") > 0


def test_ids_are_unique_across_figures_and_every_reference_is_met():
    one, two = draw("one"), draw("two")
    ids = [set(re.findall(r' id="([^"]+)"', html)) for html in (one, two)]
    assert not ids[0] & ids[1]
    for html, known in zip((one, two), ids, strict=True):
        references = set(re.findall(r'(?:xlink:href="|url\()#([^")]+)', html))
        assert references
        assert references <= known


def test_the_same_figure_is_the_same_bytes():
    assert draw() == draw()


@pytest.mark.parametrize("size", [7, 40])  # fewer and more than 256 colours
@pytest.mark.parametrize("channels", [3, 4])
def test_an_image_keeps_its_pixels_exactly(size, channels):
    pixels = np.random.default_rng(0).integers(256, size=(size, size, channels), dtype=np.uint8)
    with plt.rc_context(figures.STYLE):
        figure, ax = plt.subplots(num="noise", clear=True)
        ax.imshow(pixels)
        html = figures.to_html(figure, "noise")
    data = re.search(r'xlink:href="data:image/png;base64,([^"]+)"', html)[1]
    drawn = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    assert np.array_equal(np.asarray(drawn)[..., :channels], pixels)


def test_formulas_in_a_figure_can_be_shrunk_towards_where_they_are_hung():
    with plt.rc_context(figures.STYLE):
        figure = plt.figure("formula", clear=True)
        figure.text(0.9, 0.5, "$n$", ha="right")
        html = figures.to_html(figure, "formula")
    assert html.count('<g class="formula right">') == 1


def test_formulas_become_mathml(convert):
    html = convert("Inline $a < b_i$.\n\n$$\n\\frac{n}{2}\n$$")
    assert "<math><mi>a</mi><mo>&lt;</mo><msub><mi>b</mi><mi>i</mi></msub></math>" in html
    assert re.search(r'<div class="formula"><math display="block"><mfrac>.*</mfrac></math>', html)


def test_aligned_formulas_need_no_inline_style():
    math = mathml.to_mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", display=True)
    assert " style=" not in math
    assert math.count('class="align-right"') == math.count('class="align-left"') == 2


def test_a_formula_that_cannot_be_shown_is_quoted():
    with pytest.raises(ValueError, match=r"nosuchcommand"):
        mathml.to_mathml(r"\nosuchcommand{x}", display=False)


def test_the_font_holds_what_the_formulas_show(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pages = [mathml.to_mathml(latex, display=True) for latex in (r"\sqrt{a_i} \le \sigma", "h")]
    font = TTFont(io.BytesIO(fonts.subset_font(fonts.MATH, fonts.characters(pages))))
    shown = {"√", "≤", "𝑎", "𝑖", "𝜎", "ℎ"}
    assert {chr(code) for code in font.getBestCmap()} >= shown
    assert "MATH" in font
    assert "𝑏" not in fonts.characters(pages)


@pytest.mark.parametrize("face", [fonts.MATH, *fonts.TEXT.values()], ids=["math", *fonts.TEXT])
def test_a_cut_font_keeps_its_licence_and_gives_up_the_reserved_name(tmp_path, monkeypatch, face):
    monkeypatch.chdir(tmp_path)
    font = TTFont(io.BytesIO(fonts.subset_font(face, fonts.written(["<p>x &times; é</p>"]))))
    assert "OFL" in font["name"].getDebugName(14) or "openfontlicense" in font["name"].getDebugName(
        14
    )
    assert "SIL Open Font License" in font["name"].getDebugName(13)
    assert "Copyright" in font["name"].getDebugName(0) or "©" in font["name"].getDebugName(0)
    assert not [
        name for n in (1, 4, 6, 16) if "Source" in (name := font["name"].getDebugName(n) or "")
    ]
    assert set(map(ord, "aZ~×é")) <= set(font.getBestCmap())


def test_every_size_of_root_is_equally_wide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    font = TTFont(io.BytesIO(fonts.subset_font(fonts.MATH, "√")))
    variants = font["MATH"].table.MathVariants
    (root,) = variants.VertGlyphConstruction
    widths = {font["hmtx"][record.VariantGlyph][0] for record in root.MathGlyphVariantRecord}
    assert len(widths) == 1
    assert root.GlyphAssembly is None


STRIDE = '<abbr data-term="stride" tabindex="0" title="How far it moves.">{}</abbr>'
UNIT = '<abbr data-term="unit" tabindex="0" title="One value.">{}</abbr>'


def test_a_term_is_explained_where_it_is_used_first(convert):
    html = convert("# Stride\n\nA *stride*, two strides and `unit`.\n\nThe unit, a unit.")
    assert html.count(STRIDE.format("stride")) == html.count('data-term="stride"') == 1
    assert html.count(UNIT.format("unit")) == html.count('data-term="unit"') == 1
    assert "<p>The <abbr" in html
    assert html.index("<abbr") > html.index("</h1>")


@pytest.mark.parametrize(
    "use", ["one–value things", "one-value thing", "one–value\nthing", "UNITS"]
)
def test_a_term_is_known_in_every_form(convert, use):
    assert UNIT.format(use) in convert(f"Here {use} stand.")


@pytest.mark.parametrize(
    "text",
    [
        "A unit ramp.",
        'The paper "Find the unit", and “A stride”.',
        "## References\n\n- On the unit.\n\n### More\n\nA stride.",
        "| unit |\n|---|\n| 1 |",
        "### A unit",
        "[A unit](page.md)",
        "Opportunity, community.",
    ],
)
def test_what_means_something_else_or_stands_elsewhere_is_no_term(convert, text):
    assert "<abbr" not in convert(text)


def test_behind_the_references_terms_are_explained_again(convert):
    html = convert("## References\n\nA unit.\n\n## After\n\nThe unit.")
    assert "The <abbr" in html
    assert html.count("<abbr") == 1


def test_the_glossary_does_not_explain_itself_and_has_lasting_addresses(convert):
    page = "# Glossary\n\n## S\n\n### Stride\n\nA unit.\n\n## U\n\n### Unit, one–value thing\n\nIt."
    html = convert(page)
    assert "<abbr" not in html
    assert '<h3 id="stride">Stride</h3>' in html
    assert '<h3 id="unit">Unit, one–value thing</h3>' in html


def test_the_build_makes_one_link_of_each_term_on_a_page():
    html = f"<p>{UNIT.format('units')}</p><p>{UNIT.format('Unit')}, {STRIDE.format('stride')}</p>"
    assert glossary.linked(html, "../glossary/") == (
        '<p><a class="term" href="../glossary/#unit" title="One value.">units</a></p><p>Unit, '
        '<a class="term" href="../glossary/#stride" title="How far it moves.">stride</a></p>'
    )


@pytest.fixture
def rendered(tmp_path, monkeypatch):
    """Render docs/a.md, which links to docs/b.md, as every build does; counts real renderings."""
    count = []
    original = Page.render
    monkeypatch.setattr(Page, "render", lambda *args: (count.append(1), original(*args)))
    config = MkDocsConfig()
    config.load_dict({"site_name": "x", "docs_dir": str(tmp_path), "plugins": []})
    config.validate()

    def render(text, surroundings="same", others=("b.md",)):
        names = ("a.md", *others)
        files = Files([File(name, str(tmp_path), str(tmp_path), True) for name in names])
        pages = [Page(None, file, config) for file in files]
        pages[0].markdown = text
        reuse.render_once(pages[0], surroundings)
        pages[0].render(config, files)
        return pages[0], files, len(count)

    return render


def test_an_unchanged_page_is_rendered_once(rendered):
    text = "# Title\n\n[b](b.md#there)"
    first, _, _ = rendered(text)
    again, files, count = rendered(text)
    assert count == 1
    assert (again.content, again.title) == (first.content, "Title")
    assert [item.title for item in again.toc] == ["Title"]
    # The links must lead to this build's files, or their anchors would be checked against old ones.
    assert list(again.links_to_anchors) == [files.get_file_from_path("b.md")]
    assert next(iter(again.links_to_anchors)) is files.get_file_from_path("b.md")


def test_a_page_is_rendered_again_when_anything_changed(rendered):
    rendered("# Other\n")
    assert rendered("# Other text\n")[2] == 2
    assert rendered("# Other text\n", surroundings="changed")[2] == 3
    assert rendered("# Other text\n", surroundings="changed", others=())[2] == 4
    for count in (5, 6):
        assert rendered("# API\n\n::: convnotes.plots\n")[2] == count


NOTEBOOK = """
<div class="jp-Cell" id="cell-id=1"><div class="jp-MarkdownOutput">
<h1 id="t">T<a class="anchor-link" href="#t">¶</a></h1>
<p>Let $a &lt; b$, cost <code>$5</code>, <a href="../kernels.md#sobel">Sobel</a>,
<a href="digits.py#a">lab</a>.</p>
</div></div>
<div class="jp-Cell" id="cell-id=2">
<div class="highlight-ipynb hl-python"><pre><span class="nb">print</span>(1 &lt; 2)</pre></div>
<div class="clipboard-copy-txt">print(1)</div>
<div class="jp-OutputArea-output" data-mime-type="text/plain"><pre>1 &lt; 2</pre></div>
<div class="jp-OutputArea-output" data-mime-type="text/plain"><pre>
</pre></div>
<div class="jp-OutputArea-output" data-mime-type="text/html"><audio src="data:,"></audio></div>
<div class="jp-OutputArea-output" data-mime-type="text/html">
<figure class="live"><svg viewBox="0 0 1 1"></svg></figure>
</div>
</div>
<style>.jp-Cell {}</style>
"""


def test_a_notebook_page_explains_its_terms(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.md").write_text(
        "### Cost\n\nA <price>.\n\n### Print, e\n\nInk.\n\n### T\n\nA letter.\n"
    )
    html = labs.clean(NOTEBOOK + NOTEBOOK.replace("id=1", "id=3"), lambda address: address)
    assert (
        html.count('<abbr data-term="cost" tabindex="0" title="A &lt;price&gt;.">cost</abbr>') == 1
    )
    assert html.count("data-term") == 1  # not in code, nor in a heading, and once only
    assert "$5" in html
    assert "<math><mi>a</mi>" in html


def test_a_notebook_page_keeps_text_code_and_outputs_only():
    html = labs.clean(NOTEBOOK, lambda address: re.sub(r"\.(md|py)", "/", address))
    assert '<a href="../kernels/#sobel">' in html
    assert '<a href="digits/#a">' in html  # another lab
    assert "<math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math>" in html
    assert "<code>$5</code>" in html
    assert '<pre><code><span class="nb">print</span>(1 &lt; 2)</code></pre>' in html
    assert re.search(r'output[^"]*"><pre><code>1 &lt; 2\n</code>', html)
    assert html.count("<pre>") == 2  # what is printed comes in pieces, and is one
    assert "<audio" in html
    assert not re.search(r"jp-|<style|clipboard", html)


def test_what_a_notebook_page_printed_and_drew_is_found_by_cell():
    silent = '<div class="jp-Cell" id="cell-id=3"><div class="highlight-ipynb"></div></div>'
    figure = '<figure class="live"><svg viewBox="0 0 1 1"></svg></figure>'
    assert labs.results(NOTEBOOK + silent) == [
        running.Result("1 < 2\n", [figure]),
        running.Result("", []),
    ]
