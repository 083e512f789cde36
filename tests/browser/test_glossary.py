"""The glossary as an index, and its terms in the text of the other pages."""

import pytest

FILTER = ".glossary-filter input"
SHOWN = """() => [...document.querySelectorAll(".glossary-terms > :is(h2, h3)")]
  .filter((heading) => heading.checkVisibility())
  .map((heading) => heading.firstChild.textContent)"""


def test_the_filter_shows_the_terms_that_are_typed(page, address):
    page.goto(f"{address}glossary/")
    everything = page.evaluate(SHOWN)
    page.locator(FILTER).press_sequentially("dil")
    assert page.evaluate(SHOWN) == ["D", "Dilation, dilated convolution, atrous convolution"]
    assert page.locator(".glossary-filter output").text_content() == "1 term"
    assert page.locator(".glossary-terms p:visible").count() == 2
    page.locator(FILTER).fill("1x1")
    assert page.evaluate(SHOWN) == ["P", "Pointwise convolution, 1×1 convolution"]
    page.locator(FILTER).fill("eigenvalue")
    assert page.evaluate(SHOWN) == []
    assert page.locator(".glossary-filter output").text_content() == "no terms"
    page.locator(FILTER).press("Escape")
    assert page.evaluate(SHOWN) == everything
    assert len(everything) > 150
    assert page.locator(".glossary-filter output").text_content() == ""


def test_words_that_name_no_term_find_sentences(page, address):
    page.goto(f"{address}glossary/")
    page.locator(FILTER).fill("mutated")
    assert page.evaluate(SHOWN) == ["G", "Genetic algorithm"]


def test_without_javascript_there_is_no_filter_but_everything_else(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}glossary/")
    assert page.locator(FILTER).is_hidden()
    assert page.locator(".glossary-terms h3:visible").count() > 120
    context.close()


def test_a_letter_leads_to_its_terms_and_a_term_to_its_section(page, address):
    page.goto(f"{address}glossary/")
    page.locator(".glossary-letters").get_by_role("link", name="J", exact=True).click()
    page.wait_for_url("**/glossary/#j")
    page.locator("#jump ~ p a").first.click()
    page.wait_for_url("**/receptive-field/#by-hand-change-one-pixel-count-three-layers")


@pytest.mark.parametrize("path", ["convolution", "labs/training", "reference/kernels"])
def test_each_term_of_a_page_is_one_link_to_its_entry(page, address, path):
    page.goto(f"{address}glossary/")
    entries = page.locator(".glossary-terms h3").evaluate_all("all => all.map(({ id }) => id)")
    page.goto(f"{address}{path}/")
    links = page.locator("a.term").evaluate_all("all => all.map(({ hash }) => hash.slice(1))")
    assert len(links) > 5
    assert len(links) == len(set(links))
    assert set(links) <= set(entries)
    assert page.locator("abbr").count() == 0


def test_the_keyboard_follows_a_term(page, address):
    page.goto(f"{address}three-by-three/")
    page.locator("a.term", has_text="stem").press("Enter")
    page.wait_for_url("**/glossary/#stem")


def test_a_finger_reads_a_term_first_and_then_follows_it(browser, address):
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}three-by-three/")
    term = page.locator("a.term", has_text="stem")
    term.tap()
    page.locator("[role=tooltip]").wait_for()
    assert page.url.endswith("/three-by-three/")
    term.tap()
    page.wait_for_url("**/glossary/#stem")
    context.close()


def test_what_a_stack_loses_is_not_what_training_makes_small(site):
    assert "glossary/#loss" not in (site / "three-by-three/index.html").read_text("utf-8")
