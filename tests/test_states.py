"""Values to try: what a snippet offers, in every state, and how a page shows it."""

import json
import re
from pathlib import Path

import markdown
import pytest

from convnotes.site.blocks import controls, folding, markup, processes, running, snippets, states
from tests import topics

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])

processes.share_package()  # which doesn't change during a run


def offered_states():
    """Every state of every page that isn't the one written there, as ``page:line name = value``."""
    for page in PAGES:
        for snippet in snippets.find(page.read_text("utf-8").splitlines()):
            offers = markup.offered(snippet)
            for number, code in enumerate(states.codes(snippet.source.code, offers)):
                if code != snippet.source.code:
                    place = f"{page.relative_to(ROOT).as_posix()}:{snippet.source.first + 1}"
                    name = f"{place} {states.named(offers, number)}"
                    yield pytest.param(code, snippet, id=name)


@pytest.mark.parametrize(("code", "snippet"), list(offered_states()))
def test_every_state_runs_draws_and_prints_as_the_written_one_does(code, snippet):
    result = processes.run_in_process(code)
    assert result.error == ""
    assert bool(result.output) == bool(snippet.output)
    assert bool(result.figures) == ("plt." in code)


def test_the_pages_offer_something_to_try_in_many_places():
    places = {param.id.split(" ")[0] for param in offered_states()}
    assert len(places) >= 14
    assert {place.split(":")[0] for place in places} >= {
        f"docs/{topic}/index.md" for topic in topics.TOPICS
    }


def test_numbers_are_sorted_and_words_keep_their_order():
    number, word = states.controls(
        'sigma = 1.0  # try 4, 0.5\nmode = "reflect"  # try "zeros", "circular"\n'
    )
    assert (number.values, number.numeric) == (("0.5", "1.0", "4"), True)
    assert (word.values, word.numeric) == (('"reflect"', '"zeros"', '"circular"'), False)
    assert word.labels == ("reflect", "zeros", "circular")


@pytest.mark.parametrize("values", ["True  # try False", "(1, 2)  # try (2, 1)", "None  # try 1"])
def test_what_has_no_distance_is_a_choice(values):
    (control,) = states.controls(f"x = {values}\n")
    assert not control.numeric


def test_a_state_changes_its_line_and_offers_what_was_shown():
    code = "import math\nn = 1  # try -2, 3\nprint(n)\n"
    assert states.codes(code, states.controls(code)) == [
        "import math\nn = -2  # try 1, 3\nprint(n)\n",
        code,
        "import math\nn = 3  # try -2, 1\nprint(n)\n",
    ]


def test_two_offers_make_every_combination_the_last_changing_first():
    code = "a = 1  # try 2\nb = 'x'  # try 'y'\n"
    offers = states.controls(code)
    found = [states.named(offers, n) for n in range(4)]
    assert found == ["a = 1, b = 'x'", "a = 1, b = 'y'", "a = 2, b = 'x'", "a = 2, b = 'y'"]
    assert len(states.codes(code, offers)) == 4


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("x = 1  # try two\n", 0, "takes Python literals, not 'two'"),
        ("x = y  # try 2\n", 0, "takes Python literals, not 'y'"),
        ("x = 1  # try 2,, 3\n", 0, "takes Python literals"),
        ("x = 1  # try\n", 0, "offers nothing that can be tried"),
        ("\nif True:\n    x = 1  # try 2\n", 2, "at the start of a line"),
        ("x = 1 # try 2\n", 0, "offers nothing that can be tried"),
        ("x += 1  # try 2\n", 0, "offers nothing that can be tried"),
        ("x = 1  # try 2,3\n", 0, "write 'x = 1  # try 2, 3'"),
        ("x = 1  # try 2, 1.0\n", 0, "offers 1.0 twice"),
        ("x = 1  # try 2\nx = 3  # try 4\n", 1, "x offers values twice"),
        (f"x = 1  # try {', '.join(map(str, range(2, 67)))}\n", 0, "66 states to try"),
    ],
)
def test_an_offer_that_cannot_be_run_is_refused_with_its_line(code, line, words):
    with pytest.raises(states.OfferError, match=re.escape(words)) as error:
        states.controls(code)
    assert error.value.line == line


def test_only_comments_offer():
    assert states.controls("text = 'x = 1  # try 2'\n# trying is free\nretry = 1\n") == []
    assert states.controls("x = (1\n") == []  # running it says what is wrong


SQUARE = """```python
import matplotlib.pyplot as plt
n = 2  # try 3
plt.figure(f"Caption {n}")
print(n * n)
```
<!--pytest-codeblocks:expected-output-->
```text
4
```
"""


@pytest.fixture
def convert(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()

    def run(text):
        (tmp_path / "docs/page.md").write_text(text)
        extensions = ["pymdownx.superfences", "tables", "convnotes.site.blocks.markup"]
        return markdown.markdown(text, extensions=extensions)

    return run


def test_the_form_waits_hidden_and_its_files_hold_every_state(convert, tmp_path):
    html = convert(SQUARE)
    assert 'max="1" value="0"' in html
    (name,) = re.findall(r'<form class="try" data-states="(\w+)" data-files="1" hidden>', html)
    controls.put_files([html], tmp_path / "site")
    two, three = json.loads((tmp_path / f"site/{name}-0.json").read_text())
    assert (two["output"], three["output"]) == ("4\n", "9\n")
    assert "Caption 3</figcaption>" in three["figures"][0]
    assert re.sub("<.*?>", "", three["lines"]["1"]) == "n = 3  # try 2"
    assert " hidden>" in html
    assert " hidden>" not in controls.shown(html)
    assert len(html) - len(html.replace(re.search("<form.*</form>", html)[0], "")) < 1000


def test_a_printed_table_is_shown_as_one_and_its_text_is_a_states_output(convert, tmp_path):
    code = "n = 2  # try 3\nprint('| n | n² |\\n|--:|--:|')\nprint(f'| {n} | {n * n} |')"
    table = "| n | n² |\n|--:|--:|\n| 2 | 4 |"
    expected = f"<!--pytest-codeblocks:expected-output-->\n```text\n{table}\n```"
    html = convert(f"```python\n{code}\n```\n{expected}\n")
    assert re.search(
        r'<div class="output">\s*<table>.*<td[^>]*>4</td>.*</table>\s*</div>', html, re.S
    )
    (path,) = (tmp_path / ".cache/states").glob("*.json")
    assert json.loads(path.read_text())[1]["output"] == table.replace("| 2 | 4 |", "| 3 | 9 |\n")


def test_large_states_are_files_of_their_own(convert, tmp_path):
    code = "import numpy as np\nimport matplotlib.pyplot as plt\nn = 0  # try 1\n"
    code += "noise = np.random.default_rng(n).random((200, 200, 3))\n"
    html = convert(f"```python\n{code}plt.figure('Noise')\nplt.imshow(noise)\n```")
    (name,) = re.findall(r'data-states="(\w+)" data-files="2"', html)
    controls.put_files([html], tmp_path / "site")
    assert sorted(p.name for p in (tmp_path / "site").iterdir()) == [
        f"{name}-0.json", f"{name}-1.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("n = 2  # try 0\n1 / n", r"docs/page\.md, line 3: .*fails at n = 0.*ZeroDivisionError"),
        (
            "import matplotlib.pyplot as plt\nn = 2  # try 0\nplt.figure('x' * n)",
            r"line 3: .*at n = 0.*has no label",
        ),
        ("n = 0  # try 1\nif n:\n    print(n)", "line 3: .*prints in one state.* at n = 1"),
        (
            "import matplotlib.pyplot as plt\nn = 1  # try 2\nfor i in range(n):\n"
            "    plt.figure(f'{i}')",
            "line 3: .*draws 2 figures at n = 2",
        ),
        ("import os\nn = 2  # try b", r"docs/page\.md, line 5: '# try' takes Python literals"),
    ],
)
def test_a_state_that_goes_wrong_stops_the_build_with_page_line_and_state(convert, code, message):
    with pytest.raises(snippets.SnippetError, match=re.compile(message, re.DOTALL)):
        convert(f"Text.\n\n```python\n{code}\n```\n")


DRAWS = """import matplotlib.pyplot as plt
from convnotes.samples import photo
label = "A photograph"
figure, ax = plt.subplots(num=label)
ax.imshow(photo())
for side in ax.spines.values():
    side.set_visible(False)
"""


@pytest.mark.parametrize(
    ("code", "folded"),
    [
        (DRAWS, True),
        (DRAWS + "x = photo()\ny = x + 1\nz = y * 2\nprint(z)\nassert z.any()\n", False),
        ("from convnotes import plots\nplots.images('x', {})\n", True),
        ("x = 1\n", False),
    ],
)
def test_code_that_mostly_draws_is_folded(code, folded):
    assert folding.mostly_draws(code) is folded


@pytest.mark.parametrize(
    ("comment", "folds"), [("", 1), ("<!--code: open-->\n", 0), ("<!--code: folded-->\n\n", 1)]
)
def test_a_page_can_overrule_folding_for_one_block(convert, comment, folds):
    html = convert(f"{comment}```python\n{DRAWS}```\n")
    assert html.count("<details><summary>Code</summary>") == folds
    assert "<!--" not in html


def test_what_prints_is_never_folded(convert):
    expected = "<!--pytest-codeblocks:expected-output-->\n```text\n1\n```"
    assert "<details" not in convert(f"<!--code: folded-->\n```python\nprint(1)\n```\n{expected}")


def test_a_comment_that_belongs_to_no_snippet_is_refused():
    with pytest.raises(snippets.SnippetError, match="line 3: expected a snippet, not 'Text'"):
        snippets.find(["<!--code: open-->", "", "Text"])


def test_running_a_block_knows_nothing_of_processes_or_mkdocs():
    for module in (running, folding, states, snippets):
        text = Path(module.__file__).read_text("utf-8")
        assert not re.search(r"^(import|from) (multiprocessing|mkdocs|markdown)", text, re.M)
