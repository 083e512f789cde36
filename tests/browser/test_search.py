"""The search finds what the glossary names."""

from markdown.extensions.toc import slugify

from convnotes.site.pages import glossary

from .conftest import ROOT

# The pages that are about a term.
TOPICS = {
    "convolution": "convolution/",
    "kernel": "kernels/",
    "3×3 convolution": "three-by-three/",
    "activation function": "activations/",
    "receptive field": "receptive-field/",
}
QUERY = "[data-md-component=search-query]"
# The page and the section that come first, as soon as there are results.
FIRST = """() => {
  const links = [...document.querySelectorAll(".md-search-result__item:first-child a")]
  return links.length && links.slice(0, 2).map(({ href }) => {
    const { pathname, hash } = new URL(href)
    return pathname.slice(1) + hash
  })
}"""


def test_every_term_of_the_glossary_comes_first_under_its_page(browser, address):
    terms = glossary.terms((ROOT / "docs/glossary.md").read_text("utf-8"))
    entries = {form: slugify(term, "-") for term in terms for form in term.split(", ")}
    page = browser.new_page(bypass_csp=True)  # Playwright evaluates strings to wait
    page.goto(address)
    page.keyboard.press("/")
    found = {}
    for words in [*entries, *TOPICS]:
        page.fill(QUERY, "")
        page.press(QUERY, "End")
        page.wait_for_function("!document.querySelector('.md-search-result__item')")
        page.fill(QUERY, words)
        page.press(QUERY, "End")
        found[words] = page.wait_for_function(FIRST).json_value()
    page.close()
    topics = {words: links[0] for words, links in found.items() if words.lower() in TOPICS}
    assert topics == {words: TOPICS[words.lower()] for words in topics}
    others = {words: links for words, links in found.items() if words not in topics}
    assert others == {words: ["glossary/", f"glossary/#{entries[words]}"] for words in others}
    assert len(others) > 70


def test_the_index_holds_signatures_and_examples_and_no_sources(site):
    index = (site / "search/search_index.json").read_text("utf-8")
    assert "conv2d_loops(\\n    x: ArrayLike" in index
    assert "conv2d_loops(x, np.ones((1, 1, 2, 2)))" in index
    assert "def conv2d_loops" not in index
