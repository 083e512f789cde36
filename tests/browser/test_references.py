"""What readers reach from a page: entries of the reference from code, papers, other packages."""

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

IN_CODE = ".highlight:not(.doc-signature) code a"


def soup(site, path):
    return BeautifulSoup((site / path / "index.html").read_text("utf-8"), "html.parser")


@pytest.mark.parametrize(
    ("path", "name", "entry"),
    [
        ("kernels", "sobel", "../reference/kernels/#convnotes.kernels.sobel"),
        ("labs/smoothing", "gaussian", "../../reference/kernels/#convnotes.kernels.gaussian"),
        ("reference/kernels", "filter2d", "../convolution/#convnotes.convolution.filter2d"),
    ],
)
def test_a_name_in_code_leads_to_its_entry(site, path, name, entry):
    links = soup(site, path).select(IN_CODE)
    assert {link["href"] for link in links if link.text == name} == {entry}


def test_every_name_in_code_is_an_entry_and_a_stop_of_the_tab_key_once(site, pages):
    targets = {path: {tag["id"] for tag in soup(site, path).find_all(id=True)} for path in pages}
    count = 0
    for path in pages:
        links = soup(site, path).select(IN_CODE)
        for link in links:
            address, _, anchor = link["href"].partition("#")
            target = (site / path / address).resolve().relative_to(site.resolve()).as_posix()
            assert anchor in targets[target], f"{path}: {link}"
        stops = [link["href"] for link in links if not link.has_attr("tabindex")]
        assert sorted(stops) == sorted({link["href"] for link in links}), path
        count += len(links)
    assert count > 300


def test_keys_follow_a_name_to_its_entry(page, address):
    page.goto(f"{address}labs/smoothing/")
    link = page.locator(f"{IN_CODE}:not([tabindex])").first
    name = link.text_content()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reference/**")
    assert page.locator(":target").text_content().strip().startswith(name)


UNDERLINE = "link => getComputedStyle(link).textDecorationColor"
NONE = "rgba(0, 0, 0, 0)"


def test_names_in_code_are_quiet_until_a_reader_turns_to_them(browser, address):
    for touch, quiet in ((False, True), (True, False)):
        context = browser.new_context(has_touch=touch, is_mobile=touch)
        page = context.new_page()
        page.goto(f"{address}labs/smoothing/")
        link = page.locator(IN_CODE).first
        assert (link.evaluate(UNDERLINE) == NONE) == quiet
        page.locator(".language-python.highlight").first.hover(position={"x": 2, "y": 2})
        assert link.evaluate(UNDERLINE) != NONE
        page.mouse.move(0, 0)
        page.keyboard.press("Tab")
        link.focus()
        assert link.evaluate(UNDERLINE) != NONE
        code = page.locator(".language-python code").first
        plain = code.evaluate("code => getComputedStyle(code).color")
        expect(link).not_to_have_css("color", plain)  # colours take an eighth of a second to change
        context.close()


def test_papers_are_links_in_text_and_docstrings(site, pages):
    count = 0
    for path in pages:
        content = soup(site, path).find("article")
        for part in content(["pre", "script"]):
            part.decompose()
        papers = content.find_all(string=lambda text: "arXiv:" in text or "doi:10." in text)
        assert all(paper.parent.name == "a" for paper in papers), path
        count += len(papers)
    assert count > 60


def test_types_lead_to_the_packages_that_define_them(site):
    content = soup(site, "reference/plots")
    links = content.select(".doc-signature a[href^='https://']")
    hosts = {link["href"].split("/")[2]: link.text for link in links}
    assert hosts["matplotlib.org"] == "Figure"
    assert hosts["numpy.org"] in {"ArrayLike", "NDArray"}
    for name in ("ArrayLike", "NDArray", "Figure"):
        for code in content.select(f"code:-soup-contains('{name}')"):
            assert code.find_parent("details") or code.find("a", string=name), code


def test_no_tooltip_repeats_a_name(site, pages):
    for path in pages:
        assert not soup(site, path).select("span[title]"), path
