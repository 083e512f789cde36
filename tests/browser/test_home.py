"""The home page: the first screen, the cards, and what a reader learns before reading."""

import base64
import io
import re
import wave

import numpy as np
import pytest

from convnotes.site.blocks import snippets
from tests.topics import ROOT, TOPICS

LABS = [
    f"labs/{name}"
    for name in ["smoothing", "hearing", "training", "digits", "network", "faces", "field", "tiles"]
]
BOX = """element => {
  const { left, top, right, bottom } = element.getBoundingClientRect()
  return [left, top, right, bottom]
}"""
EDGES = """() => Number(
  getComputedStyle(document.querySelector(".hero__picture")).getPropertyValue("--edges"))"""
INK = "rgba(0, 0, 0, 0.87)"


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screen_holds_the_picture_and_where_to_start(
    browser, address, width, height, scheme
):
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    for seen in (".hero h1", ".hero p", ".hero li:first-child a", ".hero figcaption"):
        left, top, right, bottom = page.locator(seen).evaluate(BOX)
        assert 0 <= left < right <= width, seen
        assert 0 < top < bottom <= height, seen
    left, top, right, bottom = page.locator(".hero__picture").evaluate(BOX)
    area = (min(right, width) - max(left, 0)) * (min(bottom, height) - max(top, 0))
    assert area > width * height / 4
    start = page.locator(".hero li a").first.inner_text().split()
    minutes = page.locator(".topics .minutes").first.inner_text().split()
    assert start == ["Start", "with", "convolution", *minutes]
    context.close()


def test_the_pictures_arrive_and_are_described(page, address):
    page.goto(address, wait_until="networkidle")
    images = page.locator(".hero img")
    assert images.evaluate_all("all => all.map(i => i.complete && i.naturalWidth > 300)") == [
        True, True,
    ]  # fmt: skip
    assert all(images.evaluate_all("all => all.map(i => i.width / i.height < 0.9)"))
    described = page.get_by_role("img", name=re.compile("Grace Hopper"))
    assert described.count() == 1
    for image in page.locator(".topics svg[role=img]").all():
        name = image.get_attribute("aria-labelledby")
        assert len(page.locator(f"#{name}").text_content()) > 20


@pytest.mark.parametrize("scale", [1, 2])
def test_fine_screens_get_fine_lines(browser, address, scale):
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=scale)
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    size = {1: "edges.webp", 2: "edges-2x.webp"}[scale]
    source = page.locator(".hero__edges").evaluate("image => image.currentSrc")
    assert source.endswith(f"/{size}")
    context.close()


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_every_page_has_a_card_with_a_picture_and_rows_are_even(browser, address, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(address)
    cards = page.locator(".topics > ul > li")
    links = cards.locator("> a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links == [f"{path}/" for path in TOPICS + LABS]
    rows = {}
    for card in cards.all():
        assert card.locator("svg").count() == 1
        drawn = card.locator("svg").evaluate(BOX)
        left, top, right, bottom = card.evaluate(BOX)
        assert left <= drawn[0] < drawn[2] <= right
        assert top <= drawn[1] < drawn[3] <= bottom
        assert drawn[3] - drawn[1] > 100
        assert re.fullmatch(r"\d+ minutes", card.locator(".minutes").inner_text())
        rows.setdefault(round(top), []).append(bottom - top)
    assert all(max(heights) - min(heights) < 1 for heights in rows.values()), rows
    assert len(rows) == {1280: 5, 800: 7, 390: 13}[width]
    context.close()


def test_a_card_leads_to_its_page_wherever_it_is_clicked(page, address):
    page.goto(address)
    page.locator(".topics li svg").nth(3).click(force=True)  # its link lies over it
    page.wait_for_url("**/activations/")


def test_no_id_is_there_twice(page, address):
    page.goto(address)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) > 20
    assert sorted(ids) == sorted(set(ids))


def test_keys_move_the_border_between_the_photograph_and_its_edges(page, address):
    page.goto(address)
    slider = page.get_by_role("slider", name=re.compile("photograph"))
    assert page.evaluate(EDGES) == 0.5
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(EDGES) == 0.52
    page.keyboard.press("Home")
    assert page.evaluate(EDGES) == 0
    page.keyboard.press("End")
    assert page.evaluate(EDGES) == 1


def test_without_javascript_the_picture_is_there_and_no_slider(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(".hero__photograph").is_visible()
    assert not page.locator(".hero input").is_visible()
    context.close()


def test_the_home_page_counts_the_blocks(page, address):
    texts = [path.read_text("utf-8").splitlines() for path in ROOT.glob("docs/**/*.md")]
    home = (ROOT / "docs/index.md").read_text("utf-8").splitlines()
    blocks = sum(len(snippets.find(text)) for text in texts) - len(snippets.find(home))
    page.goto(address)
    assert f"Each of the {blocks} blocks" in page.locator("main").inner_text()
    page.goto(f"{address}index.md")
    assert f"Each of the {blocks} blocks" in page.locator("body").inner_text()


def test_paper_shows_the_words_of_the_first_screen(page, address):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(address)
    for part in (".hero h1", ".hero p", ".hero li a >> nth=0"):
        assert page.locator(part).evaluate("part => getComputedStyle(part).color") == INK


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_says_under_its_title_how_long_it_takes_and_what_it_needs(browser, address, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto(address)
    minutes = page.locator(".topics .minutes").all_inner_texts()
    for path, said_at_home in zip(TOPICS + LABS, minutes, strict=True):
        page.goto(f"{address}{path}/")
        title = page.locator("h1").evaluate(BOX)
        line = page.locator(".before-reading")
        _, top, right, bottom = line.evaluate(BOX, timeout=1000)
        assert 0 <= top - title[3] < 30, path
        assert right <= width
        assert bottom < 844
        text = " ".join(line.inner_text().split())
        assert re.fullmatch(rf"{said_at_home} You need: .{{10,}}", text), path
    context.close()


def test_the_reference_and_the_glossary_need_nothing(page, address):
    for path in ("glossary", "reference/kernels"):
        page.goto(f"{address}{path}/")
        assert page.locator("h1").is_visible()
        assert not page.locator(".before-reading").count()


def test_the_sound_lab_plays_one_row_at_one_volume(page, address):
    page.goto(f"{address}labs/smoothing/")
    row = page.locator(".players").first
    names = ["clean", "noisy", "smoothed", "too smooth"]
    assert row.locator("figcaption").all_inner_texts() == names
    players = row.locator("audio")
    assert players.evaluate_all("all => all.map(audio => audio.ariaLabel)") == names
    tops = players.evaluate_all("all => all.map(audio => audio.getBoundingClientRect().top)")
    assert max(tops) - min(tops) < 1
    sounds = [samples(source) for source in row.locator("source").all()]
    volumes = [np.sqrt(np.square(sound).mean()) for sound in sounds]
    assert volumes == pytest.approx([0.1] * 4, rel=1e-3)
    clean, noisy, smoothed, too_smooth = sounds
    assert likeness(clean, smoothed) > likeness(clean, noisy) > likeness(clean, too_smooth)


def samples(source):
    data = base64.b64decode(source.get_attribute("src").partition(",")[2])
    with wave.open(io.BytesIO(data)) as file:
        assert file.getsampwidth() == 2
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 2**15


def likeness(one, other):
    return np.corrcoef(one, other)[0, 1]


def test_players_stand_one_under_the_other_on_a_phone(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}labs/smoothing/")
    boxes = [audio.evaluate(BOX) for audio in page.locator(".players").first.locator("audio").all()]
    assert len({round(left) for left, *_ in boxes}) == 1
    tops = [top for _, top, *_ in boxes]
    assert tops == sorted(set(tops))
    context.close()
