"""Numbers taken from elsewhere: irregular taps, turned or rolled rows, pieces side by side.

Each is followed exactly, or refused by its name; what is measured says what is exact.
"""

import io
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812

from convnotes.receptive_field import from_onnx, from_torch, mask, measure  # noqa: E402

ROW = torch.rand(1, 1, 20)


class Calls(nn.Module):
    """A convolution called ``stem``, a function, and a convolution behind it."""

    def __init__(self, function, channels=2):
        super().__init__()
        self.stem, self.function = nn.Conv1d(1, 2, 3, padding=1), function
        self.mix = nn.Conv1d(channels, 2, 2)

    def forward(self, x):
        return self.mix(self.function(self.stem(x)))


class Does(nn.Module):
    """A function."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


def onnx_of(model):
    onnx = pytest.importorskip("onnx")
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model.eval(), (ROW,), stream, dynamo=False)
    return onnx.load_from_string(stream.getvalue())


def frames(x):
    """Peddinti et al. 2015, table 1, layer 4."""
    x = F.pad(x, (7, 2))
    return torch.cat([x[..., :20], x[..., 9:]], 1)


EXACT = {
    "taps at -7 and 2": (frames, 4),
    "taps without padding": (lambda x: x[..., :-9] + x[..., 2:-7] + x[..., 9:], 2),
    "stacked taps": (lambda x: torch.stack([x[..., :-4], x[..., 1:-3], x[..., 4:]]).sum(0), 2),
    "channels shifted apart": (
        lambda x: torch.cat([F.pad(x[:, :1, :-1], (1, 0)), F.pad(x[:, 1:, 1:], (0, 1))], 1),
        2,
    ),
    "flipped channels": (lambda x: x.flip(1), 2),
    "rolled channels": (lambda x: x.roll(1, 1), 2),
    "channels in another order": (lambda x: x[:, [1, 0, 1]], 3),
    "chosen channels": (lambda x: x.index_select(1, torch.tensor([1])), 1),
    "channels cut and swapped": (lambda x: torch.cat(x.chunk(2, 1)[::-1], 1), 2),
    "halves over each other": (lambda x: torch.cat(x.chunk(2, 2), 1), 4),
    "zeros behind": (lambda x: torch.cat([x[..., 5:], torch.zeros(1, 2, 5)], 2), 2),
}


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("kind", ["torch", "onnx"])
def test_taps_and_channels_from_anywhere_are_followed_exactly(name, kind):
    model = Calls(*EXACT[name]).eval()
    read = from_torch(model, ROW) if kind == "torch" else from_onnx(onnx_of(model))
    last = model(ROW).shape[2] - 1
    for unit in (0, last // 2, last):
        seen = np.flatnonzero(mask(read.layers, unit, input_size=20)).tolist()
        assert seen == measure(model, ROW, unit, -1, holes=True).tolist()


REFUSED = {
    "flip": (lambda x: x.flip(2), "it moves positions to the other end"),
    "roll": (lambda x: x.roll(2, 2), "it moves positions to the other end"),
    "roll over all": (lambda x: x.roll(2), "it moves positions to the other end"),
    "index": (lambda x: x[..., [0, 3, 4]], "it picks positions"),
    "index of pairs": (lambda x: x[:, [0, 1], [3, 4]][:, None], "it picks positions"),
    "index_select": (lambda x: x.index_select(2, torch.tensor([0, 3])), "it picks positions"),
    "index by what is computed": (
        lambda x: x[:, x.amax((0, 2)).argmax()[None]],
        "depend on the input",
    ),
    "cat of halves": (lambda x: torch.cat(x.chunk(2, 2)[::-1], 2), "positions behind positions"),
    "cat of unequal pieces": (
        lambda x: torch.cat([x[..., -3:], x[..., :-3]], 2),
        "positions behind positions",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_positions_in_another_order_are_refused_by_name(name):
    function, words = REFUSED[name]
    channels = 1 if "pairs" in name or "computed" in name else 2
    with pytest.raises(ValueError, match=rf"^{name.split()[0]}: can't follow .*{words}"):
        from_torch(Calls(function, channels).eval(), ROW)


@pytest.mark.parametrize("name", ["flip", "index", "cat of halves", "cat of unequal pieces"])
def test_onnx_refuses_them_too(name):
    proto = onnx_of(Calls(REFUSED[name][0]))
    with pytest.raises(ValueError, match=r": can't follow (Slice|Gather|Concat) of .*; pass"):
        from_onnx(proto)


def test_positions_that_end_up_in_channels_are_refused_as_an_output():
    model = nn.Sequential(nn.Conv1d(1, 2, 3, padding=1), Does(lambda x: x.mT.reshape(1, 2, 20)))
    with pytest.raises(ValueError, match=r"^output: .*; name a layer before it as output"):
        from_torch(model, ROW)


@pytest.mark.parametrize(
    ("function", "note"),
    [
        (lambda x: x.cumsum(2), "cumsum: sees what came before only; it counts as everything"),
        (lambda x: torch.stack(x.unbind(2), 2), "output: its 20 places along dimension 2 count"),
    ],
)
def test_what_counts_as_more_than_it_is_says_so(function, note):
    read = from_torch(Does(function), ROW)
    assert [each.startswith(note) for each in read.notes] == [True]
    assert mask(read.layers, 0, input_size=20).all()


def test_channels_that_are_spread_out_see_what_all_of_them_see():
    def interleaved(x):
        return torch.stack([x[..., ::2], x[..., 1::2]], 3).reshape(1, 1, 20)

    read = from_torch(Does(interleaved), ROW)
    for unit in range(20):
        seen = np.flatnonzero(mask(read.layers, unit, input_size=20)).tolist()
        assert seen == [unit // 2 * 2, unit // 2 * 2 + 1]
        assert measure(interleaved, ROW, unit, -1) == (unit, unit)
