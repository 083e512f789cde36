"""What a page costs a reader who is far from the server."""

import gzip

import pytest
from bs4 import BeautifulSoup

from tests.topics import PAGES

PAGE, FIRST_VISIT = 120_000, 250_000  # bytes, compressed as a server sends them
COMPRESSED = (".html", ".css", ".js", ".json", ".svg", "/")


def weight(file):
    data = file.read_bytes()
    return len(gzip.compress(data)) if file.name.endswith(COMPRESSED) else len(data)


def test_no_page_is_heavy(site, pages):
    weights = {path: weight(site / path / "index.html") for path in pages}
    assert {path: bytes for path, bytes in weights.items() if bytes > PAGE} == {}


@pytest.mark.parametrize("name", PAGES)
def test_all_that_a_first_visit_fetches_is_light(page, site, address, name):
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{address}{name}/", wait_until="networkidle")
    paths = {url.removeprefix(address) for url in fetched if url.startswith(address)}
    files = [site / path / ("index.html" if path.endswith("/") else "") for path in paths]
    assert len(files) > 5
    assert sum(map(weight, files)) < FIRST_VISIT


def test_text_and_fonts_come_before_what_scripts_add(site, pages):
    for path in pages:
        soup = BeautifulSoup((site / path / "index.html").read_text("utf-8"), "html.parser")
        modules = soup.find_all("script", type="module")
        assert modules
        assert {module.get("fetchpriority") for module in modules} == {"low"}, path


def test_the_search_index_waits_for_somebody_to_search(page, address):
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{address}glossary/", wait_until="networkidle")
    assert not [url for url in fetched if "search_index" in url]
    with page.expect_request("**/search_index.json"):
        page.keyboard.press("/")
