"""What people type leads where they want to go."""

import pytest

from convnotes.site.pages.search import longest, words
from convnotes.site.pages.terms import Glossary
from tests.topics import ROOT

NETWORKS = "receptive-field/networks/"
MODEL = "receptive-field/your-model/"
BACKWARD = "convolution/gradients/#backpropagation-by-hand"
STRIDE = "convolution/#stride-and-the-size-of-the-output"
BACKWARD = "convolution/gradients/#backpropagation-by-hand"
CODE = "reference/convolution/#convnotes.convolution"
# What is typed, and the page or section that has to come first. Misspelt words ("convlution") find
# nothing, and may.
ANSWERS = {
    # Sizes and networks
    "3x3": "three-by-three/",
    "why 3x3": "three-by-three/",
    "3x3 vs 5x5": "three-by-three/#two-33-are-one-55",
    "5x5": "three-by-three/#two-33-are-one-55",
    "7x7": "three-by-three/#three-33-layers-are-one-77-layer",
    "1x1": "three-by-three/#11-and-depthwise-beside-it",
    "1x1 convolution": "three-by-three/#11-and-depthwise-beside-it",
    "resnet50": "glossary/#resnet",
    "ResNet-50": "glossary/#resnet",
    "receptive field resnet50": NETWORKS,
    "alexnet receptive field": NETWORKS,
    "receptive field of my model": MODEL,
    "pytorch receptive field": MODEL,
    "onnx": f"{MODEL}#from-an-onnx-file-by-a-command",
    "vgg16": "glossary/#vgg",
    "unet": "glossary/#u-net",
    # Layers and functions
    "maxpool": "glossary/#pooling",
    "max pooling": "glossary/#pooling",
    "LeakyReLU": "glossary/#leaky-relu",
    "leaky relu": "glossary/#leaky-relu",
    "leaky_relu": "glossary/#leaky-relu",
    "leakyrelu": "glossary/#leaky-relu",
    "relu": "glossary/#relu",
    "swish": "glossary/#silu",
    "batchnorm": "glossary/#batch-normalisation",
    "batch normalization": "glossary/#batch-normalisation",
    "conv2d": f"{CODE}.conv2d",
    "ConvTranspose2d": "convolution/gradients/#its-size-and-what-its-padding-does",
    "transposed convolution": "convolution/gradients/#transposed-convolution",
    "depthwise separable convolution": "glossary/#depthwise-separable-convolution",
    "dilated convolution": "convolution/#dilation",
    "atrous": "convolution/#dilation",
    "fully connected": "glossary/#dense-layer",
    "skip connection": "glossary/#shortcut",
    # Questions
    "what is a kernel": "kernels/",
    "what is convolution": "convolution/",
    "What is the receptive field?": "receptive-field/",
    "what is padding": "glossary/#padding",
    "how to compute output size": STRIDE,
    "output size formula": STRIDE,
    "stride formula": STRIDE,
    "how does backpropagation work in a convolution": BACKWARD,
    "convolution vs correlation": "convolution/#flip-or-not-convolution-and-correlation",
    "how to choose an activation function": "activations/#choosing",
    "why do we need activation functions": "activations/",
    "relu derivative at 0": "activations/numerics-and-cost/#the-gradient-at-0",
    "how to learn a kernel": "kernels/learning/",
    "receptive field formula": "glossary/#receptive-field-size",
    "number of parameters": "glossary/#number-of-parameters",
    # Training
    "kaiming": "glossary/#kaiming-initialisation",
    "he initialization": "activations/#pairing-with-initialisation",
    "xavier": "glossary/#xavier-initialisation",
    "glorot": "glossary/#xavier-initialisation",
    "weight initialization": "activations/#pairing-with-initialisation",
    "vanishing gradient": "glossary/#vanishing-gradient",
    "dying relu": "activations/#dead-units",
    "flops": "glossary/#flop",
    "macs": "glossary/#multiplyadd",
    "memory": "three-by-three/#activation-memory",
    # Images and sounds
    "sobel vs scharr": "kernels/edges/#sobel-is-state-of-the-art",
    "sobel filter": "kernels/#sobel-smooths-and-subtracts",
    "edge detection": "glossary/#edge-detection",
    "gaussian blur": "glossary/#gaussian-kernel",
    "sharpen": "kernels/gallery/#blur-sharpen-derivative",
    "low pass filter": "glossary/#low-pass",
    "fft convolution": "glossary/#fast-fourier-transform",
    "im2col": "glossary/#im2col",
    "winograd": "glossary/#winograd",
    "checkerboard artifacts": "glossary/#checkerboard-artefact",
    "translation invariance": "convolution/#convolution-is-translation-invariant",
    "translation equivariance": "glossary/#equivariance",
    "same padding": "glossary/#same-padding",
    "causal convolution": "receptive-field/calculator/#the-words-same-same-and-causal",
    "gridding artifacts": "glossary/#gridding",
    "smooth a noisy signal": "labs/smoothing/",
    "large images tiles": "receptive-field/tiles/",
}
# Typed with its hyphen it is two words, and one of them a single letter.
TWO_WORDS = {"U-Net"}
QUERY = "[data-md-component=search-query]"
# For each page found, its best answer: the page or the section that Enter would lead to.
FOUND = """() => {
  const items = [...document.querySelectorAll(".md-search-result__item")]
  return items.length && items.slice(0, 3).map((item) => {
    const score = (a) => parseFloat(a.querySelector("article").dataset.mdScore)
    const [best] = [...item.querySelectorAll("a")].sort((a, b) => score(b) - score(a))
    const { pathname, hash } = new URL(best.href)
    return [pathname.slice(1) + hash, best.querySelector("h1, h2").textContent]
  })
}"""


@pytest.fixture(scope="module")
def ask(browser, address):
    page = browser.new_page(bypass_csp=True)  # Playwright evaluates strings to wait
    page.goto(address)
    page.keyboard.press("/")

    def answers(question):
        page.fill(QUERY, "")
        page.press(QUERY, "End")
        page.wait_for_function("!document.querySelector('.md-search-result__item')")
        page.fill(QUERY, question)
        page.press(QUERY, "End")
        return page.wait_for_function(FOUND).json_value()

    yield answers
    page.close()


def test_what_people_type_leads_where_they_want_to_go(ask):
    assert {question: ask(question)[0][0] for question in ANSWERS} == ANSWERS
    assert len(ANSWERS) >= 40


def test_every_form_of_every_term_finds_the_term_or_what_is_about_it(ask):
    """First is the entry, its section or page, or another heading that names it with these near."""
    strange, late = {}, {}
    for term in Glossary((ROOT / "docs/glossary.md").read_text("utf-8")).terms:
        section = term.address
        expected = {f"glossary/#{term.anchor}", section, section.partition("#")[0]}
        for form in set(term.forms) - TWO_WORDS:
            found = ask(form)
            first, heading = found[0]
            said = {other for word in words(heading) for other in longest(word)}
            if first not in expected and not all(said & {*longest(w)} for w in words(form)):
                strange[form] = found
            if not expected & dict(found).keys():
                late[form] = found
    assert strange == {}
    assert late == {}


def test_an_answer_says_which_words_to_mark_only_if_there_are_any(page, address):
    page.goto(address)
    page.keyboard.press("/")
    page.locator(QUERY).press_sequentially("stride formula")
    empty = page.locator(
        ".md-search-result__link[href*='?h=#'], .md-search-result__link[href$='?h=']"
    )
    empty.first.wait_for()
    page.locator(QUERY).press("Enter")
    page.wait_for_url("**/convolution/?h=*#stride-and-the-size-of-the-output")
    assert "h=stride" in page.url
    page.go_back()
    page.keyboard.press("/")
    page.locator(QUERY).press_sequentially("stride formula")
    empty.first.wait_for()
    empty.first.dispatch_event("click")
    page.wait_for_url(lambda url: url != address)
    assert "?h=" not in page.url


def test_the_index_holds_signatures_and_examples_and_no_sources(site):
    index = (site / "search/search_index.json").read_text("utf-8")
    assert "conv2d_loops(\\n    x: ArrayLike" in index
    assert "conv2d_loops(x, np.ones((1, 1, 2, 2)))" in index
    assert "def conv2d_loops" not in index
