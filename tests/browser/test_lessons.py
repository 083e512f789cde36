"""A lesson's first screen, how long pages are, and old addresses of what moved."""

import re
from functools import cache

import pytest
from bs4 import BeautifulSoup

from tests.topics import PAGES, ROOT, TOPICS

OLD = (ROOT / "tests/old_addresses.txt").read_text("utf-8").split()


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
@pytest.mark.parametrize("lesson", TOPICS)
def test_a_lesson_shows_its_figure_on_the_first_screen(page, address, lesson, size):
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{address}{lesson}/")
    main = page.locator(".touch .stage :is(canvas, .numbers)").first
    main.wait_for()
    box = main.bounding_box()
    assert box["y"] + box["height"] <= height


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_at_most_twenty_screens_of_a_phone(page, address, name):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}{name}/")
    assert page.evaluate("document.documentElement.scrollHeight") <= 20 * 844


def test_every_old_address_of_a_section_leads_to_it_or_to_where_it_is_now(site):
    @cache
    def read(path):
        return BeautifulSoup((site / path / "index.html").read_text("utf-8"), "html.parser")

    lost = []
    for old in OLD:
        path, _, section = old.partition("#")
        place = read(path).find(id=section)
        if place and place.name == "li":
            target, _, section = place.a["href"].partition("#")
            there = (site / path / target / "index.html").resolve().read_text("utf-8")
            place = re.search(rf'id="{re.escape(section)}"', there)
        if not place:
            lost.append(old)
    assert lost == []


def test_an_old_address_goes_where_the_section_is_now(page, site, address):
    moved = [
        (path, item["id"], item.a["href"])
        for path in PAGES
        for item in BeautifulSoup(
            (site / path / "index.html").read_text("utf-8"), "html.parser"
        ).select(".moved > li")
    ]
    path, old, new = moved[0]
    page.goto(f"{address}{path}/#{old}")
    page.wait_for_url(f"**/{new.removeprefix('../').lstrip('./')}")


def test_without_scripts_an_old_address_shows_the_way(browser, site, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in PAGES:
        html = (site / path / "index.html").read_text("utf-8")
        if moved := BeautifulSoup(html, "html.parser").select_one(".moved > li"):
            page.goto(f"{address}{path}/#{moved['id']}")
            assert page.locator(".moved > :target a").is_visible()
            assert page.locator(".moved > li:visible").count() == 1
            break
    else:
        pytest.fail("no section has moved")
    context.close()
