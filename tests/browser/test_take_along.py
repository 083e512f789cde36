"""What a page gives away: files, paper, a card, and a way back for who is lost."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from convnotes.site.pages import wheel
from tests.topics import FURTHER, PAGES, ROOT


def test_every_page_hands_out_its_files(site, pages):
    for path in pages:
        folder = site / path
        html = (folder / "index.html").read_text("utf-8")
        names = {file.name for file in folder.iterdir() if file.suffix in (".ipynb", ".py", ".md")}
        kept = "-".join(["convnotes", *path.removeprefix(".").split("/")]).strip("-")
        for name in names:
            link = f'<a href="{name}" download="{kept}{Path(name).suffix}">'
            assert link in html, path
        stem = path.rpartition("/")[2]
        whole = {"index.md", f"{stem}.ipynb", f"{stem}.py"}
        assert names == (whole if path in PAGES or path.startswith("labs/") else {"index.md"})


def test_what_is_handed_out_installs_the_wheel_of_the_site(site):
    (built,) = site.glob("*.whl")
    address = f"http://127.0.0.1:8000/{built.name}"
    assert built.read_bytes() == wheel.build(ROOT).read_bytes()
    assert (
        f"pip install {address}\n"
        in BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser").text
    )
    for path in PAGES:
        stem = site / path / path.rpartition("/")[2]
        script = stem.with_suffix(".py").read_text("utf-8")
        assert script.startswith(f"# pip install {address}\n")
        first = json.loads(stem.with_suffix(".ipynb").read_text("utf-8"))["cells"][0]
        assert first["source"] == [f"%pip install --quiet {address}"]
        assert f"`pip install {address}`" in (site / path / "index.md").read_text("utf-8")
    lab = json.loads((site / "labs/digits/digits.ipynb").read_text("utf-8"))["cells"][0]
    assert lab["source"] == [f'%pip install --quiet "convnotes[labs] @ {address}"']


def test_a_notebook_shows_every_figure_of_its_page(site, pages):
    for path in pages:
        for file in (site / path).glob("*.ipynb"):
            html = (site / path / "index.html").read_text("utf-8")
            cells = json.loads(file.read_text("utf-8"))["cells"]
            outputs = [output for cell in cells for output in cell.get("outputs", [])]
            pictures = [output["data"]["image/png"] for output in outputs if "data" in output]
            assert len(pictures) == html.count('<figure class="live"'), path
            assert pictures or path in FURTHER, path


def test_links_in_what_is_handed_out_lead_somewhere(site, pages):
    for path in pages:
        for file in (site / path).glob("*.ipynb"):
            cells = json.loads(file.read_text("utf-8"))["cells"]
            text = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
            for link in text.split("](http://127.0.0.1:8000/")[1:]:
                target, _, anchor = link.partition(")")[0].partition("#")
                html = (site / target / "index.html").read_text("utf-8")
                assert not anchor or f'id="{anchor}"' in html, f"{file}: {target}#{anchor}"


def test_llms_txt_lists_every_page(site, pages):
    listed = (site / "llms.txt").read_text("utf-8")
    for path in pages:
        prefix = "" if path == "." else f"{path}/"
        assert f"](http://127.0.0.1:8000/{prefix}index.md): " in listed
    assert "None" not in listed


def test_every_page_has_a_card(site, pages):
    for path in pages:
        html = BeautifulSoup((site / path / "index.html").read_text("utf-8"), "html.parser")
        tags = {tag["property"]: tag["content"] for tag in html.find_all("meta", property=True)}
        assert tags["og:title"], path
        assert 50 <= len(tags["og:description"]) <= 160, path
        assert tags["og:url"] == html.find("link", rel="canonical")["href"]
        assert tags["og:image"] == tags["og:url"] + "card.jpg"
        with Image.open(site / path / "card.jpg") as card:
            assert card.size == (1200, 630)


def test_paper_has_the_colours_of_the_light_palette(page, address):
    page.emulate_media(media="print")
    page.goto(f"{address}activations/")
    read = """scheme => {
      document.body.dataset.mdColorScheme = scheme
      return ["--fig-1", "--fig-6", "--md-typeset-a-color", "--md-code-hl-comment-color"].map(
        (name) => getComputedStyle(document.body).getPropertyValue(name))
    }"""
    light, dark = page.evaluate(read, "default"), page.evaluate(read, "slate")
    assert all(light)
    assert dark == light


@pytest.mark.parametrize("name", PAGES)
def test_paper_is_light_and_shows_everything_that_is_read(page, address, name):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(f"{address}{name}/")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    solutions = page.locator("details")
    assert solutions.count() >= (1 if name in FURTHER else 2)  # how to cite the page; exercises
    assert all(solutions.evaluate_all("all => all.map(details => details.open)"))
    colours = page.locator(".md-typeset p, figure.live text").evaluate_all(
        "all => all.map(one => [getComputedStyle(one).color, getComputedStyle(one).fill])"
    )
    dark = "rgba(0, 0, 0, 0.87)"
    assert {colour for colour, _ in colours} == {dark}
    for shown in (".md-header", ".md-sidebar", ".md-footer", ".downloads", ".bar"):
        assert not page.locator(shown).first.is_visible(), shown


def test_who_is_lost_finds_every_page(page, address, pages):
    page.goto(f"{address}404.html")
    links = page.locator(".md-content a").evaluate_all(
        "all => all.map(a => new URL(a.href).pathname)"
    )
    assert sorted(links) == sorted("/" if path == "." else f"/{path}/" for path in pages)
