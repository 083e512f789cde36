# %% [markdown] needs="[activation functions](../activations/index.md), up to dead units"
# # Depth, start and dead units
#
# The same small task, the same network, other activations. You train it with one hidden layer,
# with three and with ten, start its weights too small and too large, and watch units die. Every
# experiment runs from five random starts, and every start is shown: one run proves little.
#
# Everything below needs NumPy alone. The cells build on each other, so run them from the top. What
# each activation is, and why it behaves so, is on the page about
# [activation functions](../activations/index.md).

# %% [markdown]
# ## A task that no line solves
#
# Two numbers come in, and the question is whether they have the same sign. A network without an
# activation can only cut the plane in two along a line. The line that least squares finds is right
# little more often than chance.

# %%
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from convnotes.activations import (
    ACTIVATIONS,
    dead_units,
    gain,
    sigmoid,
    softplus,
)

POINTS, WIDTH, SEEDS = 64, 16, 5
x = np.random.default_rng(0).normal(size=(POINTS, 2))
same = (x[:, :1] * x[:, 1:] > 0).astype(float)  # (POINTS, 1)

fig, ax = plt.subplots(
    figsize=(3.2, 2.9),
    num="64 points: blue where the signs agree, orange where they differ",
)
for truth, color in [(1, "C0o"), (0, "C1s")]:
    ax.plot(*x[same[:, 0] == truth].T, color, ms=4)

ax.set(xlabel="first number", ylabel="second number")
affine = np.hstack([x, np.ones((POINTS, 1))])
line = affine @ np.linalg.lstsq(affine, same, rcond=None)[0]
right = np.mean((line > 0.5) == same)
print(f"a line is right on {right:.0%} of the points")
assert right < 0.65
plt.show()

# %% [markdown]
# ## A network in plain NumPy
#
# Five networks train at once: every array has the random start as its first axis. The last row of
# each weight matrix is the bias. The weights start at random with mean 0 and standard deviation
# $s \cdot g / \sqrt n$, where $n$ is the number of inputs, $g$ the activation's
# [gain](../activations/index.md#pairing-with-initialisation) and $s$ a scale that is 1 unless said.


# %%
def start(f, depth, scale=1.0):
    """Random weights: a list of (SEEDS, inputs + 1, outputs)."""
    weights = []
    for layer, (n, m) in enumerate(pairwise([2, *[WIDTH] * depth, 1])):
        draws = [
            np.random.default_rng((seed, layer)).normal(size=(n, m))
            for seed in range(SEEDS)
        ]
        # The numbers that come in have variance 1, and need no gain.
        deviation = scale * (gain(f) if layer else 1) / np.sqrt(n)
        bias = np.zeros((SEEDS, 1, m))
        weights.append(np.hstack([deviation * np.stack(draws), bias]))
    return weights


def forward(f, weights):
    """What goes into each layer, with a 1 for the bias, and what comes out."""
    ones = np.ones((SEEDS, POINTS, 1))
    inputs, outputs = [], []
    values = np.broadcast_to(x, (SEEDS, POINTS, 2))
    for w in weights:
        inputs.append(np.concatenate([values, ones], axis=-1))
        outputs.append(inputs[-1] @ w)
        values = f(outputs[-1])
    return inputs, outputs


def backward(f, weights, inputs, outputs):
    """The slope of the mean cross-entropy for every weight."""
    back = (sigmoid(outputs[-1]) - same) / POINTS
    slopes = []
    for layer in reversed(range(len(weights))):
        slopes.append(inputs[layer].swapaxes(1, 2) @ back)
        if layer:
            back = back @ weights[layer][:, :-1].swapaxes(1, 2)
            back = back * f.derivative(outputs[layer - 1])
    return slopes[::-1]


def losses(outputs):
    """Mean cross-entropy of each network, (SEEDS,)."""
    score = outputs[-1]
    return softplus(np.where(same > 0, -score, score)).mean(axis=(1, 2))


# %% [markdown]
# Backpropagation by hand goes wrong easily. So one weight of every layer is moved a little, and
# the change of the loss compared with the slope.

# %%
for f in ACTIVATIONS.values():
    if f.kinks:
        continue  # a kink between the two losses would spoil the comparison
    weights = start(f, depth=3)
    slopes = backward(f, weights, *forward(f, weights))
    for w, slope in zip(weights, slopes, strict=True):
        both = []
        for step in (1e-5, -1e-5):
            w[:, 1, 0] += step
            both.append(losses(forward(f, weights)[1]))
            w[:, 1, 0] -= step
        measured = (both[0] - both[1]) / 2e-5
        assert np.allclose(measured, slope[:, 1, 0], atol=1e-9), f.name

print("slopes agree, for every activation without a kink")


# %%
def train(name, depth, rate, *, scale=1.0, steps=150, momentum=0.9):
    """Losses (steps, SEEDS), and dead units (steps, SEEDS, units)."""
    f = ACTIVATIONS[name]
    weights = start(f, depth, scale)
    speed = [np.zeros_like(w) for w in weights]
    history, dead = [], []
    with np.errstate(over="ignore", invalid="ignore"):  # some runs diverge
        for _ in range(steps):
            inputs, outputs = forward(f, weights)
            history.append(losses(outputs))
            units = np.concatenate([z[..., :-1] for z in inputs[1:]], axis=-1)
            by_unit = units.swapaxes(0, 1).reshape(POINTS, -1)
            dead.append(dead_units(by_unit).reshape(SEEDS, -1))
            slopes = backward(f, weights, inputs, outputs)
            speed = [
                momentum * v - rate * s
                for v, s in zip(speed, slopes, strict=True)
            ]
            weights = [w + v for w, v in zip(weights, speed, strict=True)]
    return np.array(history), np.array(dead)


# %% [markdown]
# ## Depth
#
# The learning rate decides as much as the activation does, so each activation gets the best of
# seven for its depth (best: the lowest median of the final losses). Where anything is learned, the
# best is neither the smallest nor the largest rate, or a wider range might change the picture.
# Knowing nothing costs $\ln 2 \approx 0.69$: the dashed line. A line joins the medians; a point is
# one start. At a rate of 3, one of the five can end high on one machine and low on another.

# %%
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
DEPTHS = (1, 3, 10)


def final_losses(name, depth, rate, **options):
    """Loss of each network at the end, infinite where it diverged."""
    last = train(name, depth, rate, **options)[0][-1]
    return np.nan_to_num(last, nan=np.inf)


fig, ax = plt.subplots(
    num="With ten layers the sigmoid learns nothing, the others nearly all",
)
ax.axhline(np.log(2), color="0.5", ls="--", lw=1)
table = ["final loss: median of five starts at the best of 7 rates"]
for number, name in enumerate(["sigmoid", "tanh", "relu", "selu"]):
    best = []
    for depth in DEPTHS:
        runs = {rate: final_losses(name, depth, rate) for rate in RATES}
        rate = min(runs, key=lambda rate: np.median(runs[rate]))
        best.append(runs[rate])
        middle = np.median(runs[rate])
        assert rate not in (RATES[0], RATES[-1]) or middle > 0.1
        table.append(f"{name:8} {depth:2} layers, rate {rate:4}: {middle:.2f}")
    places = np.arange(3) + 0.1 * (number - 1.5)
    drawn = np.clip(best, 1e-6, 10)
    ax.semilogy(places, np.median(drawn, axis=1), f"C{number}", label=name)
    ax.semilogy(places, drawn, f"C{number}o", ms=3)
    medians = np.median(best, axis=1)
    assert np.all(medians[:2] < 0.1)
    assert np.all(best[2] > 0.6) if name == "sigmoid" else medians[2] < 0.1

ax.set_xticks(range(3), DEPTHS)
ax.set(xlabel="hidden layers", ylabel="loss after 150 steps")
ax.legend(loc="lower left")
print("\n".join(table))
plt.show()

# %% [markdown]
# With one layer or three the sigmoid learns as well, at a rate of 1 or 3. With ten layers no rate
# helps. The reason is visible before training starts. Going back through the layers, the gradient is
# multiplied by slopes; [the sigmoid's are at most 1/4](../activations/index.md#saturation-slopes-multiply).
# Here is the gradient of the first layer's weights as a share of the last layer's:

# %%
table = []
for name in ("sigmoid", "tanh", "relu", "selu"):
    f = ACTIVATIONS[name]
    weights = start(f, depth=10)
    slopes = backward(f, weights, *forward(f, weights))
    first, last = (
        np.sqrt(np.mean(slopes[layer] ** 2, axis=(1, 2))) for layer in (0, -1)
    )
    low, high = (first / last).min(), (first / last).max()
    table.append(f"{name:8} {low:.1e} to {high:.1e}")
    assert high < 1e-3 if name == "sigmoid" else low > 1e-2

print("\n".join(table))

# %% [markdown]
# ## The start
#
# Eight hidden layers, a learning rate of 0.03, and weights that start $s$ times as large as the
# gain says. A network that diverges is drawn at 1.

# %%
scales = np.array([1 / 8, 1 / 4, 1 / 2, 0.7, 1, 1.4, 2])
fig, axes = plt.subplots(
    1,
    3,
    figsize=(5.2, 3),
    sharey=True,
    num="Too small a start learns nothing, too large a one diverges or stalls",
)
table = ["starts of five that end above 0.5, for each scale"]
table.append("      " + " ".join(f"{scale:5}" for scale in scales))
for number, name in enumerate(["tanh", "relu", "selu"]):
    ends = np.array([final_losses(name, 8, 0.03, scale=s) for s in scales])
    drawn = np.clip(ends, 1e-4, 1)
    ax = axes[number]
    ax.loglog(scales, np.median(drawn, axis=1), f"C{number + 1}")
    ax.loglog(scales, drawn, f"C{number + 1}o", ms=3)
    ax.axhline(np.log(2), color="0.5", ls="--", lw=1)
    ax.set(title=name, xlabel="scale s")
    ax.set_xticks([1 / 4, 1], ["1/4", "1"])
    ax.minorticks_off()
    assert np.all(ends[0] > 0.69)
    assert np.all(ends[0] < 0.7)
    assert np.median(ends[4]) < 0.02  # s = 1
    failed = np.sum(ends > 0.5, axis=1)
    table.append(f"{name:5} " + " ".join(f"{count:5}" for count in failed))

axes[0].set_ylabel("loss after 150 steps")
print("\n".join(table))
plt.show()

# %% [markdown]
# Too small a start ends at the dashed line with all three. Too large a one is worse for ReLU and SELU, which
# are unbounded, than for tanh. None of the three needs the gain exactly: there is room on both
# sides.

# %% [markdown]
# ## Units that die
#
# Three hidden layers of ReLU: 48 units in each of the five networks, 240 in all. A unit is dead at a
# step if it gives 0 for all 64 points. With the largest step, the last bit of a sum decides what a
# unit does a hundred steps later, and machines differ in it: so what is counted there is said in
# tens.


# %%
def tens(number):
    """The nearest multiple of ten."""
    return 10 * round(number / 10)


fig, ax = plt.subplots(
    num="Large steps kill: share of dead units, one line a start"
)
table = []
for number, rate in enumerate([0.1, 0.3, 1.0]):
    history, dead = train("relu", 3, rate)
    share = dead.mean(axis=2)  # (steps, SEEDS)
    lines = ax.plot(share, f"C{number}", lw=1)
    lines[0].set_label(f"rate {rate}")
    ever = dead.any(axis=0)
    table += [
        f"rate {rate}: {share[0].mean():.0%} dead at the start, "
        f"about {tens(100 * share[-1].mean())}% at the end;",
        f"    about {tens(ever.sum())} were ever dead, about "
        f"{tens((ever & ~dead[-1]).sum())} came back; "
        f"{np.sum(history[-1] < 0.1)} of 5 starts solve it",
    ]
    assert np.any(ever & ~dead[-1])
    assert rate == 1 or np.median(history[-1]) < 0.1

assert share[-1].min() > 0.2
assert share[-1].mean() > 2 * share[0].mean()
ax.set(xlabel="step", ylabel="share of dead units", ylim=(0, 1))
ax.legend(loc="upper left", ncols=3)
print("\n".join(table))
plt.show()

# %% [markdown]
# Three things to see. Some units are dead before the first step, by the luck of the draw. Some
# that were dead come back, so dead isn't for good. And a few dead units do little harm: at the two
# smaller rates all ten starts solve the task.
#
# Who comes back? In the first layer the inputs never change, and a dead unit's gradient is 0. So
# what wakes it there can only be momentum: speed left over from earlier steps. Without momentum
# none of them wakes; deeper down, where inputs change, some do all the same.

# %%
for momentum in (0.9, 0.0):
    woke = np.zeros(3, int)  # in each layer
    for rate in (0.1, 0.3, 1.0):
        history, dead = train("relu", 3, rate, momentum=momentum)
        assert np.isfinite(history).all()  # NaN isn't 0, and would look awake
        back = (dead[:-1] & ~dead[1:]).any(axis=0)  # (SEEDS, units)
        woke += back.reshape(SEEDS, 3, WIDTH).sum(axis=(0, 2))
    print(f"momentum {momentum}: some woke, by layer:", (woke > 0).tolist())
    assert (woke[0] > 0) == (momentum > 0)
    assert woke[1:].sum() > 0

# %% [markdown]
# Does a leaky ReLU, whose slope is never 0, allow larger steps?

# %%
table = []
for name in ("relu", "leaky_relu"):
    for rate in (0.3, 1.0):
        history, dead = train(name, 3, rate)
        ends = np.nan_to_num(history[-1], nan=np.inf)
        # NaN isn't 0, so look at the last step at which losses are finite.
        last = [np.flatnonzero(np.isfinite(run))[-1] for run in history.T]
        share = dead[last, range(SEEDS)].mean()
        table.append(
            f"{name:10} rate {rate}: {np.sum(ends < 0.1)} of 5 starts solve it, "
            f"{np.sum(np.isinf(ends))} diverge, about {tens(100 * share)}% dead "
            "at the last finite step"
        )
        if name == "relu":
            assert not np.isinf(ends).any()

print("\n".join(table))
assert np.isinf(ends).all()
assert share == 0

# %% [markdown]
# No: with the large step all five leaky networks diverge, where ReLU's stall. That none of the leaky
# units is dead says little: such a unit is 0 only where its input is. The two fail in different
# ways, so this doesn't tell whether ReLU stalls *because* its units die.

# %% [markdown]
# ## What this doesn't show
#
# One small task, full batches, one optimiser, and the loss on the training points only. Which
# activation is best for your network, it can't say. What it shows is what can go wrong, what that
# looks like, and how far chance reaches.
#
# ## Try it
#
# - Give the sigmoid network 1500 steps. At which depth does it still learn?
# - Replace ReLU by `squared_relu`. At which scales does it start well?
# - Start every bias at −1 instead of 0. How many ReLU units are dead before the first step?
#
# More on the curves themselves: [Activation functions](../activations/index.md).
