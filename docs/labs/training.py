# %% [markdown] needs="[activation functions](../activations/index.md), up to dead units"
# # Depth, start and dead units
#
# A network learns nothing. Is its activation to blame, its depth, the weights that it starts with,
# or the learning rate? Here small networks fail in each of these ways, and you watch their units
# die. Every experiment runs from five random starts: one run proves little.
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

POINTS, WIDTH, SEEDS, STEPS = 64, 16, 5, 100
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
# Many networks train at once: the first axis of an array is the learning rate, the second the
# random start. The last row of each weight matrix is the bias. The weights start at random with
# mean 0 and standard deviation $s \cdot g / \sqrt n$, where $n$ is the number of inputs, $g$ the
# activation's [gain](../activations/index.md#pairing-with-initialisation), but 1 in the first
# layer, and $s$ a scale that is 1 unless said.


# %%
def start(f, depth, scale=1.0):
    """Random weights: a list of (1, SEEDS, inputs + 1, outputs)."""
    weights = []
    for layer, (n, m) in enumerate(pairwise([2, *[WIDTH] * depth, 1])):
        draws = [
            np.random.default_rng((seed, layer)).normal(size=(n, m))
            for seed in range(SEEDS)
        ]
        # The numbers that come in have variance 1, and need no gain.
        deviation = scale * (gain(f) if layer else 1) / np.sqrt(n)
        bias = np.zeros((SEEDS, 1, m))
        weights.append(np.hstack([deviation * np.stack(draws), bias])[None])
    return weights


def forward(f, weights):
    """What goes into each layer, with a 1 for the bias, and what comes out."""
    inputs, outputs = [], []
    values = np.broadcast_to(x, (len(weights[0]), SEEDS, POINTS, 2))
    ones = np.ones((*values.shape[:-1], 1))
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
        slopes.append(inputs[layer].swapaxes(2, 3) @ back)
        if layer:
            back = back @ weights[layer][:, :, :-1].swapaxes(2, 3)
            back = back * f.derivative(outputs[layer - 1])
    return slopes[::-1]


def losses(outputs):
    """Mean cross-entropy of each network, (rates, SEEDS)."""
    score = outputs[-1]
    return softplus(np.where(same > 0, -score, score)).mean(axis=(2, 3))


# %% [markdown]
# Backpropagation by hand goes wrong easily. So one weight of every layer is moved a little, and
# the change of the loss compared with the slope. Then training goes down the slopes, with momentum
# 0.9 unless said.

# %%
for name in ("sigmoid", "tanh", "relu", "selu", "leaky_relu"):
    f = ACTIVATIONS[name]
    weights = start(f, depth=3)
    slopes = backward(f, weights, *forward(f, weights))
    for w, slope in zip(weights, slopes, strict=True):
        both = []
        for step in (1e-5, -1e-5):
            w[:, :, 1, 0] += step
            both.append(losses(forward(f, weights)[1]))
            w[:, :, 1, 0] -= step
        measured = (both[0] - both[1]) / 2e-5
        assert np.allclose(measured, slope[:, :, 1, 0], atol=1e-9), name

print("slopes agree, for each of the five activations used here")


# %%
def train(name, depth, rates, *, scale=1.0, momentum=0.9, watch=None):
    """Final losses (rates, SEEDS), infinite where diverged; watched inputs."""
    f, seen = ACTIVATIONS[name], []
    weights = [np.repeat(w, len(rates), 0) for w in start(f, depth, scale)]
    speed = [np.zeros_like(w) for w in weights]
    rate = np.reshape(rates, (-1, 1, 1, 1))
    with np.errstate(over="ignore", invalid="ignore"):  # some runs diverge
        for _ in range(STEPS):
            inputs, outputs = forward(f, weights)
            if watch:
                seen.append(watch(inputs))
            slopes = backward(f, weights, inputs, outputs)
            speed = [
                momentum * v - rate * s
                for v, s in zip(speed, slopes, strict=True)
            ]
            weights = [w + v for w, v in zip(weights, speed, strict=True)]
        ends = losses(forward(f, weights)[1])
    ends = np.where(np.isnan(ends), np.inf, ends)
    return (ends, np.array(seen)) if watch else ends


# %% [markdown]
# ## Depth
#
# The learning rate decides as much as the activation does, so each activation gets the best of
# seven for its depth (best: the lowest median of the final losses). Where anything is learned, the
# best is neither the smallest nor the largest rate, or a wider range might change the picture.
# Knowing nothing costs $\ln 2 \approx 0.69$: the dashed line. A line joins the medians; a point is
# one start. Which of two rates is best can hang on the last bit of a sum: machines differ in it.

# %%
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
DEPTHS = (1, 3, 10)

fig, ax = plt.subplots(
    num="With ten layers the sigmoid learns nothing; the others mostly learn",
)
ax.axhline(np.log(2), color="0.5", ls="--", lw=1)
table = ["final loss: median of five starts at the best of 7 rates"]
for number, name in enumerate(["sigmoid", "tanh", "relu", "selu"]):
    best = []
    for depth in DEPTHS:
        ends = train(name, depth, RATES)
        chosen = np.median(ends, axis=1).argmin()
        best.append(ends[chosen])
        rate, middle = RATES[chosen], np.median(ends[chosen])
        assert rate not in (RATES[0], RATES[-1]) or middle > 0.1
        assert rate in (1, 3) or name != "sigmoid" or depth == 10
        table.append(f"{name:8} {depth:2} layers: {middle:.1f}")
    places = np.arange(3) + 0.1 * (number - 1.5)
    drawn = np.clip(best, 1e-6, 10)
    ax.semilogy(places, np.median(drawn, axis=1), f"C{number}", label=name)
    ax.semilogy(places, drawn, f"C{number}o", ms=3)
    medians = np.median(best, axis=1)
    assert np.all(medians[:2] < 0.1)
    solved = np.sum(best[2] < 0.1)
    assert np.all(best[2] > 0.6) if name == "sigmoid" else solved >= 4

ax.set_xticks(range(3), DEPTHS)
ax.set(xlabel="hidden layers", ylabel="loss after 100 steps")
ax.legend(loc="lower left", bbox_to_anchor=(0.6, 0))
print("\n".join(table))
plt.show()

# %% [markdown]
# With one layer or three the sigmoid learns as well, at a rate of 1 or 3. With ten layers none of
# the seven rates helps in 100 steps. A reason is visible before training starts. Going back through
# the layers, the gradient is multiplied by slopes, and [the sigmoid's are at most
# 1/4](../activations/index.md#saturation-slopes-multiply). Going forward, small differences between
# points are multiplied by them, too. So here is the gradient of the first layer's weights as a
# share of the last layer's, and the standard deviation of the network's score over the 64 points:

# %%
table = [f"{'layers':>18} {'gradient, first / last':24} spread of scores"]
for name in ("sigmoid", "tanh", "relu", "selu"):
    f = ACTIVATIONS[name]
    for depth in DEPTHS:
        weights = start(f, depth)
        inputs, outputs = forward(f, weights)
        slopes = backward(f, weights, inputs, outputs)
        first, last = (
            np.sqrt(np.mean(slopes[layer] ** 2, axis=(2, 3)))
            for layer in (0, -1)
        )
        ratio, spread = first / last, outputs[-1].std(axis=(2, 3))
        table.append(
            f"{name:8} {depth:9} {ratio.min():9.1e} to {ratio.max():7.1e}"
            f"    {spread.min():9.1e} to {spread.max():7.1e}"
        )
        if name == "sigmoid" and depth == 10:
            assert max(ratio.max(), spread.max()) < 1e-3
        else:
            assert min(ratio.min(), spread.min()) > 3e-3

print("\n".join(table))

# %% [markdown]
# With ten layers of the sigmoid, little of the gradient is left at the first, and the scores of the
# 64 points hardly differ. That this is all that stops it isn't shown.
#
# ## The start
#
# Eight hidden layers, and weights that start $s$ times as large as the gain says, at a learning
# rate of 0.03 (in colour) and at a tenth of it (grey). What ends above 1, or diverges, is drawn at
# 1, and what ends below 0.0001 there.

# %%
scales = np.array([1 / 4, 0.7, 1, 1.4, 2, 4])
pair = (0.03, 0.003)
fig, axes = plt.subplots(
    1,
    3,
    figsize=(5.2, 3),
    sharey=True,
    num="A quarter of the gain fails; from there on the rate decides, too",
)
table = ["starts of five that end above 0.5, for each scale up to 2"]
table.append(f"{'':16}" + " ".join(f"{scale:4}" for scale in scales[:-1]))
failed = {}
for number, name in enumerate(["tanh", "relu", "selu"]):
    ends = np.array([train(name, 8, pair, scale=s) for s in scales])
    failed[name] = np.sum(ends > 0.5, axis=2).T  # (rates, scales)
    drawn = np.clip(ends, 1e-4, 1)
    ax = axes[number]
    for i, color in enumerate([f"C{number + 1}", "0.6"]):
        ax.loglog(scales, np.median(drawn[:, i], axis=1), color)
        ax.loglog(scales, drawn[:, i], "o", color=color, ms=3)
        cells = " ".join(f"{count:4}" for count in failed[name][i, :-1])
        table.append(f"{name:5}rate {pair[i]:5} {cells}")
    ax.axhline(np.log(2), color="0.5", ls="--", lw=1)
    ax.set(title=name, xlabel="scale s")
    ax.set_xticks([1 / 4, 1, 4], ["1/4", "1", "4"])
    ax.minorticks_off()
    assert np.all(abs(ends[0] - np.log(2)) < 0.005)  # s = 1/4
    assert np.all(failed[name][0, 1:4] == 0)  # s = 0.7, 1, 1.4

axes[0].set_ylabel("loss after 100 steps")
print("\n".join(table))
assert not failed["tanh"][:, 4].any()  # s = 2
assert failed["tanh"][:, 5].max() < 5  # s = 4
for name in ("relu", "selu"):
    assert failed[name][:, 4:].tolist() == [[5, 5], [0, 5]]
plt.show()

# %% [markdown]
# A quarter of the gain is too small for all three at both rates: every network ends at the dashed
# line. Twice the gain is too large for all ten of ReLU and SELU at a rate of 0.03, for none at
# 0.003. Four times is too large for these at both, while some of tanh's still get below 0.5. None
# of the three needs the gain exactly: at a rate of 0.03 all five of each get below 0.5 with 0.7 and
# with 1.4 times as much, too. Other starts may not.
#
# ## Units that die
#
# Three hidden layers of ReLU: 48 units in each of the five networks, 240 in all. A unit is dead at
# a step if it gives 0 for all 64 points. At the largest rate, the last bit of a sum can decide what
# a unit does a hundred steps later, so nothing is counted there but the share, in tens.


# %%
def dead_hidden(inputs):
    """Which hidden units are 0 for all points, (rates, SEEDS, units)."""
    units = np.concatenate([z[..., :-1] for z in inputs[1:]], axis=-1)
    by_point = np.moveaxis(units, 2, 0)
    dead = dead_units(by_point.reshape(POINTS, -1))
    return dead.reshape(by_point.shape[1:])


rates = (0.1, 0.3, 1.0)
ends, dead = train("relu", 3, rates, watch=dead_hidden)
share = dead.mean(axis=3)  # (STEPS, rates, SEEDS)
ever = dead.any(axis=0)
fig, ax = plt.subplots(
    num="With momentum large steps kill: dead units, one line a start"
)
print(f"dead at the start: {share[0, 0].mean():.0%}")
for i, rate in enumerate(rates):
    lines = ax.plot(share[:, i], f"C{i}", lw=1)
    lines[0].set_label(f"rate {rate}")
    if rate < 1:
        print(
            f"rate {rate}: {share[-1, i].mean():.0%} dead at the end, "
            f"{ever[i].sum()} were ever dead,\n    "
            f"{np.sum(ever[i] & ~dead[-1, i])} came back; "
            f"{np.sum(ends[i] < 0.1)} of 5 starts solve it"
        )

print(f"rate 1.0: about {round(share[-1, 2].mean(), 1):.0%} dead at the end")
ax.set(xlabel="step", ylabel="share of dead units", ylim=(0, 1))
ax.legend(loc="upper left", ncols=3)
assert np.all((ever & ~dead[-1]).any(axis=(1, 2)))
assert np.all((ends[:2] < 0.1) & (share[-1, :2] > 0))
assert share[-1, 2].min() > 0.2
assert share[-1, 2].mean() > 2 * share[0, 2].mean()
plt.show()

# %% [markdown]
# Three things to see. Some units are dead before the first step, by the luck of the draw. Some
# that were dead come back, so dead isn't for good. And a few dead units don't keep a network from
# solving the task: at the two smaller rates all ten have some at the end, and all ten solve it.
#
# Who comes back? In the first layer the inputs never change, and a dead unit's gradient is 0. So
# what wakes it there can only be momentum: speed left over from earlier steps. Without momentum
# none of them wakes; deeper down, where inputs change, some do all the same. But then a rate of 1
# leaves few dead.

# %%
slow, dead_slow = train("relu", 3, rates, momentum=0.0, watch=dead_hidden)
assert np.isfinite([ends, slow]).all()  # NaN isn't 0, and would look awake
for momentum, units in ((0.9, dead), (0.0, dead_slow)):
    back = (units[:-1] & ~units[1:]).any(axis=0)  # (rates, SEEDS, units)
    woke = back.reshape(-1, 3, WIDTH).sum(axis=(0, 2))  # in each layer
    print(f"momentum {momentum}: some woke, by layer:", (woke > 0).tolist())
    assert (woke[0] > 0) == (momentum > 0)
    assert woke[1:].sum() > 0

print(f"momentum 0.0, rate 1.0: {dead_slow[-1, 2].mean():.0%} dead at the end")
assert dead_slow[-1, 2].mean() < 0.1

# %% [markdown]
# Does a leaky ReLU, whose slope is never 0, allow larger steps?

# %%
print("starts of five that solve it, at rate 0.3 and at rate 1")
for momentum, relu in ((0.9, ends), (0.0, slow)):
    leaky = train("leaky_relu", 3, rates[1:], momentum=momentum)
    assert np.isinf(leaky[1]).all() == (momentum > 0)
    for name, final in (("relu", relu[1:]), ("leaky_relu", leaky)):
        small, large = np.sum(final < 0.1, axis=1)
        few = "at most 2" if large <= 2 else large
        print(f"momentum {momentum}, {name:10}  {small}  {few}")
        assert small == 5
        assert large <= 2 if momentum else large == 5

# %% [markdown]
# With momentum 0.9, no: at a rate of 1 all five leaky networks diverge, and most of ReLU's don't
# solve the task in 100 steps. They fail in different ways, so this doesn't tell whether ReLU fails
# *because* its units die. At 0.3 all ten solve it, and without momentum at 1, too.
#
# ## The answer
#
# Each can be to blame, but seldom alone: at $s = 1$ ten layers stop the sigmoid and three don't,
# twice the gain stops all networks of ReLU and SELU at a rate of 0.03 and none at 0.003, and with
# momentum 0.9 a rate of 1 keeps most ReLU networks of three layers from solving the task in time,
# where 0.3, or no momentum, keeps none. So a failure with one depth, one start and one rate says
# little about the activation.
#
# That is one small task, five starts, full batches, mostly momentum 0.9, 100 steps, and the loss on
# the training points only. Which activation is best for your network, it can't say.
#
# ## Try it
#
# - Train the sigmoid networks with `STEPS = 1500`. At which depth do they still learn?
# - Replace ReLU by `squared_relu`. At which scales does it start well?
# - Start every bias at −1 instead of 0. How many ReLU units are dead before the first step?
#
# More on the curves themselves: [Activation functions](../activations/index.md).
