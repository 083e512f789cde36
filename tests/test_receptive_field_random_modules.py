"""Random modules with branches and layouts: what is read of them against their gradients.

All weights are positive and nothing cuts off, so a gradient is above 0 exactly where the unit sees.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812

from convnotes.receptive_field import from_torch, mask, receptive_field  # noqa: E402

C = 4


class Steps(nn.Module):
    """Operations in a row; each takes and gives C channels."""

    def __init__(self, steps):
        super().__init__()
        self.steps = nn.ModuleList(steps)

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x


class Does(nn.Module):
    """A function of a tensor, perhaps with layers of its own."""

    def __init__(self, function, *layers):
        super().__init__()
        self.function, self.layers = function, nn.ModuleList(layers)

    def forward(self, x):
        return self.function(x, *self.layers)


def rows_as_tokens(x, linear):
    b, c, h, w = x.shape
    tokens = linear(x.flatten(2).transpose(1, 2))
    return tokens.view(b, h, w, c).permute(0, 3, 1, 2)


def cut_and_joined(x, linear):
    """Patches of 2×2 into the channels, mixed, and back to their places."""
    b, c, h, w = x.shape
    h, w = h // 2 * 2, w // 2 * 2
    x = x[:, :, :h, :w].reshape(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 3, 5, 1)
    x = linear(x.reshape(b, h // 2, w // 2, 4 * c)).view(b, h // 2, w // 2, 2, 2, c)
    return x.permute(0, 5, 1, 3, 2, 4).reshape(b, c, h, w)


def within_windows(x):
    """Means of windows of 2×3, added to what is in them."""
    b, c, h, w = x.shape
    h, w = h // 2 * 2, w // 3 * 3
    x = x[..., :h, :w]
    cut = x.reshape(b, c, h // 2, 2, w // 3, 3)
    return (cut + cut.mean((3, 5), keepdim=True)).view(b, c, h, w)


def turned(x, conv):
    return conv(x.transpose(2, 3)).transpose(2, 3)


def finer_by_hand(x, conv):
    b, _, h, w = x.shape
    y = conv(x).view(b, C, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3)
    return y.reshape(b, C, 2 * h, 2 * w)


def columns_in_the_batch(x, conv):
    b, c, h, w = x.shape
    y = conv(x.permute(0, 3, 1, 2).reshape(b * w, c, h))
    return y.view(b, w, c, -1).permute(0, 2, 3, 1)


def branches(x, left, right):
    a, b = left(x), right(x)
    h, w = min(a.shape[2], b.shape[2]), min(a.shape[3], b.shape[3])
    return a[:, :, :h, :w] + b[:, :, a.shape[2] * 0 :, :][:, :, :h, :w]


def skip(x, down, up):
    y = up(down(x))
    h, w = x.shape[2:]
    y = F.pad(y, (0, max(w - y.shape[3], 0), 0, max(h - y.shape[2], 0)))
    return torch.cat([x[:, : C // 2], y[:, C // 2 :, :h, :w]], 1)


def convolution(rng, most=3):
    k, s, d = (int(rng.integers(1, n)) for n in (most + 2, 3, 3))
    return nn.Conv2d(C, C, (k, int(rng.integers(1, 4))), s, (k // 2, 1), d)


def step(rng, depth=0):
    """Return a random operation."""
    mode = ("nearest", "bilinear")[int(rng.integers(2))]
    aligned = bool(rng.integers(2)) if mode == "bilinear" else None
    choices = [
        lambda: convolution(rng),
        lambda: convolution(rng),
        lambda: nn.Conv2d(C, C, 3, padding=1, groups=C),
        lambda: nn.AvgPool2d(int(rng.integers(2, 4)), int(rng.integers(1, 3)), ceil_mode=True),
        lambda: nn.ConvTranspose2d(C, C, int(rng.integers(2, 5)), 2, 1),
        lambda: Does(lambda x: F.interpolate(x, scale_factor=2, mode=mode, align_corners=aligned)),
        lambda: Does(rows_as_tokens, nn.Linear(C, C)),
        lambda: Does(cut_and_joined, nn.Linear(4 * C, 4 * C)),
        lambda: Does(within_windows),
        lambda: Does(turned, convolution(rng)),
        lambda: Does(finer_by_hand, nn.Conv2d(C, 4 * C, 1)),
        lambda: Does(columns_in_the_batch, nn.Conv1d(C, C, 3, int(rng.integers(1, 3)), padding=1)),
        lambda: Does(lambda x: x[:, :, 1:, : x.shape[3] - 1 : 2]),
        lambda: Does(lambda x: F.pad(x, (2, 0, 1, 1))),
        lambda: Does(lambda x: x + x.mean(3, keepdim=True)),
    ]
    if depth == 0:
        same = nn.Conv2d(C, C, 3, padding=1)
        choices += [
            lambda: Does(branches, same, nn.Conv2d(C, C, 5, padding=2, dilation=1)),
            lambda: Does(branches, Steps([step(rng, 1)]), Steps([step(rng, 1)])),
            lambda: Does(skip, nn.Conv2d(C, C, 3, 2, 1), nn.ConvTranspose2d(C, C, 2, 2)),
        ]
    return choices[int(rng.integers(len(choices)))]()


def random_module(seed):
    """Return a random module and an input that it takes, with a unit of its output."""
    rng = np.random.default_rng(seed)
    for _ in range(200):
        model = Steps([step(rng) for _ in range(int(rng.integers(2, 6)))]).double()
        x = torch.ones(1, C, int(rng.integers(9, 16)), int(rng.integers(9, 16)), dtype=torch.double)
        try:
            with torch.no_grad():
                made = model(x)
        except RuntimeError:  # it doesn't fit
            continue
        if min(made.shape) > 0 and made.numel() < 20_000:
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.uniform_(0.5, 1)
            return model, x, tuple(int(rng.integers(n)) for n in made.shape[2:])
    raise AssertionError(f"no module fits for seed={seed}")


@pytest.mark.parametrize("seed", range(60))
def test_what_is_read_of_a_random_module_is_where_gradients_are(seed):
    model, x, unit = random_module(seed)
    try:
        read = from_torch(model, x)
        field = receptive_field(read.layers, input_size=read.input_size)
    except ValueError as error:
        if "joins unequal strides" in str(error):
            pytest.skip("branches of unequal strides, refused")
        raise
    x.requires_grad_()
    made = model(x)
    units = field.units if isinstance(field.units, tuple) else (field.units,) * 2
    # Where all places of an output see the same, they are one unit.
    assert all(n in (size, 1) for n, size in zip(units, made.shape[2:], strict=True))
    made[(0, slice(None), *unit)].sum().backward()
    gradient = x.grad.sum((0, 1)).numpy()
    place = tuple(min(y, n - 1) for y, n in zip(unit, units, strict=True))
    seen = mask(read.layers, place, input_size=read.input_size)
    assert np.array_equal(seen, gradient > 1e-9 * gradient.max())
