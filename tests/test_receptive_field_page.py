"""What the page about the reader's own model shows and no build can run."""

import warnings

import pytest

from convnotes.receptive_field.__main__ import main
from convnotes.site.blocks import snippets
from tests import topics

LINES = topics.text("receptive-field/your-model").splitlines()
DRAWN, MODULE, *_ = snippets.find(LINES)


@pytest.fixture(scope="module")
def shown():
    """The names that the first PyTorch block makes: the module, its example, what was read."""
    pytest.importorskip("torch")
    names = {"print": lambda *_: None}
    exec(MODULE.source.code, names)
    return names


def test_the_figure_is_drawn_from_the_layers_that_are_read(shown):
    names = {}
    exec(DRAWN.source.code, names)
    assert repr(names["layers"]) == repr(shown["read"].layers)


def test_the_command_prints_what_the_page_shows(shown, capsys, tmp_path):
    pytest.importorskip("onnx")
    import torch

    path = str(tmp_path / "block.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(shown["model"], (shown["example"],), path, dynamo=False)
    main([path])
    begin = LINES.index("$ python -m convnotes.receptive_field block.onnx") + 3
    pinned = LINES[begin : LINES.index("```", begin)]
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == pinned
