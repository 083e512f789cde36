"""What is added to the search index: spellings, names, what is taught, where it lies."""

import json
import re

import pytest

from convnotes.site.pages import search, spellings
from convnotes.site.pages.terms import Glossary

GLOSSARY = Glossary(
    "### Dead unit, dying ReLU\n\nOne that is 0.\n\n[Dead](net/index.md#dead-units)\n\n"
    "### Gain\n\nA factor.\n\n[Start](net/start.md#weights)\n"
)
ENTRIES = {
    "": "Home",
    "net/": "Networks",
    "net/#dead-units": "Dead units",
    "net/#references": "References",
    "net/start/": "The start",
    "net/start/#weights": "Random weights",
    "net/start/#relus": "“ReLUs never die”",
    "net/start/#1-count-them": "1. Count them",
    "glossary/": "Glossary",
    "glossary/#d": "D",
    "glossary/#dead-unit": "Dead unit, dying ReLU",
    "reference/net/": "<code>convnotes.net</code>",
}


@pytest.fixture
def entries():
    docs = [
        {
            "location": place,
            "title": title,
            "text": "" if place.endswith("#d") else "ResNet-50, 3×3",
        }
        for place, title in ENTRIES.items()
    ]
    config = {"separator": r"[\s\-]+", "pipeline": ["stopWordFilter"], "fields": {"title": {}}}
    found = json.loads(search.ranked(json.dumps({"config": config, "docs": docs}), GLOSSARY))
    assert found["config"]["fields"].keys() == {"title", *search.FIELDS}
    return {entry["location"]: entry for entry in found["docs"]}


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("two 3×3 layers", ["3x3"]),
        ("ResNet-50", ["resnet50", "res", "net"]),
        ("ReceptiveField", ["receptive", "field"]),
        ("ReLU, leaky_relu", []),
        ("multiply–adds", ["multiplyadds"]),
        ("initialisation, normalised, colours", ["initialization", "normalized", "colors"]),
        ("centre, artefacts, grey", ["center", "artifacts", "gray"]),
        ("this is four hours", []),
    ],
)
def test_other_spellings(text, others):
    assert [o for o in spellings.other_spellings(text) if o not in ("hors", "for")] == others


@pytest.mark.parametrize("typed", ["what", "What", "is", "a", "how", "what's", "vs"])
def test_words_that_say_nothing_are_swallowed(typed):
    assert re.fullmatch(search.left_out(), typed)


@pytest.mark.parametrize("typed", ["wha", "isotropic", "can't", "no", "same", "he"])
def test_words_that_say_something_are_not(typed):
    assert re.match(search.left_out(), typed) is None


def test_a_section_is_called_what_the_terms_that_its_title_holds_are_called(entries):
    assert {"dyings", "relus", "deads", "units"} <= {*entries["net/#dead-units"]["names"].split()}
    assert entries["net/#dead-units"]["teaches"] == ""
    assert "deadunit" in entries["net/#dead-units"]["together"].split()


def test_a_section_teaches_the_terms_that_link_to_it(entries):
    assert {*entries["net/start/#weights"]["teaches"].split()} == {"gains"}
    assert "gains" not in entries["net/start/#weights"]["names"]


def test_a_word_that_is_a_whole_name_counts_more_than_one_of_four(entries):
    assert search.names(["Dilation"]).split() == ["dilations"] * 10
    assert search.names(["One small step further"]).split() == [
        "furthers",
        "ones",
        "smalls",
        "steps",
    ]
    assert search.names(["Dilation", "Dilation of a kernel"]).count("dilations") == 10


def test_pages_below_a_topic_are_within_it(entries):
    assert {*entries["net/start/#weights"]["within"].split()} == {"networks", "starts"}
    assert {*entries["net/start/"]["within"].split()} == {"networks"}
    assert entries["net/"]["within"] == ""


def test_what_teaches_counts_more_than_what_mentions(entries):
    weights = {place: entry["boost"] for place, entry in entries.items()}
    assert weights["net/#dead-units"] == weights["net/start/#weights"]
    assert weights["net/"] > weights["net/start/"]  # a lesson comes before its further pages
    assert weights["net/#dead-units"] > weights["glossary/#dead-unit"]
    assert weights["glossary/#dead-unit"] > weights["net/start/#relus"]
    assert weights["net/start/#relus"] > weights["reference/net/"]
    assert weights["reference/net/"] > weights["net/#references"]
    assert weights["net/#references"] == weights["net/start/#1-count-them"]


def test_a_letter_of_the_glossary_is_no_answer(entries):
    assert "glossary/#d" not in entries
    assert entries.keys() == ENTRIES.keys() - {"glossary/#d"}


def test_an_entry_of_the_glossary_is_its_sentence_without_the_link(entries):
    assert entries["glossary/#dead-unit"]["text"] == "<p>One that is 0.</p>"
    assert entries["net/#dead-units"]["text"] == "ResNet-50, 3×3"
