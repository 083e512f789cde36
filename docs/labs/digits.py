# %% [markdown] needs="[kernels](../kernels/index.md), and what a classifier is"
# # Learned against ready-made, on digits
#
# Do filters that are learned capture the data better than ready-made ones like Sobel's, and by how
# much? Here both compete on scanned handwritten digits, with the same number of filters and the
# same classifier behind them. Filters drawn at random and never trained take part, too, and no
# filters at all.
#
# The answer holds for this data: 1,797 images of 8×8 pixels, filters of 3×3 in a single layer. The
# digits come with scikit-learn, which brings threadpoolctl too: `pip install scikit-learn`. The
# cells build on each other, so run them from the top.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from convnotes import kernels, plots
from convnotes.activations import log_softmax, relu, softmax
from convnotes.convolution import conv2d, conv2d_input, conv2d_weight

threadpool_limits(1)  # matrices this small gain nothing from several threads
images, labels = load_digits(return_X_y=True)
images = images.reshape(-1, 1, 8, 8) / 16  # (N, C, H, W), from 0 to 1
half = len(images) // 2
print(len(images), "images,", half, "to learn from")
plots.images(
    "Ten of the digits, 8×8 pixels each",
    {f"a {labels[i]}": images[i, 0] for i in range(10)},
    columns=5,
)
plt.show()

# %% [markdown]
# ## The same classifier for all
#
# A *bank* of filters makes feature maps. ReLU drops what is negative, and the mean of each 2×2
# block makes the features a little indifferent to position: 9 features for each filter. A logistic
# regression on the standardised features names the digit. It is scikit-learn's with its defaults,
# and nothing is tuned for one bank or another.


# %%
def block_means(maps):
    pairs = maps[:, :, ::2] + maps[:, :, 1::2]  # rows, then columns
    return (pairs[..., ::2] + pairs[..., 1::2]).reshape(len(maps), -1) / 4


def answers(images, banks):
    """The images, and the maps behind each layer of filters."""
    maps = [images]
    for bank in banks:
        maps.append(relu(conv2d(maps[-1], bank, method="im2col")))
    return maps


def features(images, banks):
    """Shape (N, 9 · filters) for one bank of 3×3; no bank leaves the pixels."""
    maps = answers(images, banks)[-1]
    return block_means(maps) if banks else maps.reshape(len(maps), -1)


def right(banks, learn_from, test_on):
    """Which test images are named correctly."""
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000)
    )
    classifier.fit(features(images[learn_from], banks), labels[learn_from])
    named = classifier.predict(features(images[test_on], banks))
    return named == labels[test_on]


# %% [markdown]
# ## A split that doesn't flatter
#
# Thirteen people wrote these digits
# ([scikit-learn's description](https://scikit-learn.org/stable/datasets/toy_dataset.html#digits-dataset)).
# The file doesn't say who wrote which, but neighbours in it resemble each other, as one hand's
# digits do: look for each image's most similar one of the same digit, and see how far away it is.

# %%
flat = images.reshape(len(images), -1)
unlike = euclidean_distances(flat)
unlike[labels[:, None] != labels] = np.inf
np.fill_diagonal(unlike, np.inf)
order = np.arange(len(images))
near = abs(unlike.argmin(axis=1) - order) < 100
by_chance = (abs(order[:, None] - order) < 100).mean()
print(f"within 100 places: {near.mean():.0%}, by chance {by_chance:.0%}")
assert near.mean() > 4 * by_chance

# %% [markdown]
# Shuffle before you split, and the test asks for digits by the very hands that were learned from.
# So the first half is for learning here, the second for testing. What the choice is worth, for two
# of the ways to describe a digit that follow:

# %%
first, second = order[:half], order[half:]
sobel = [kernels.sobel(axis=0), kernels.sobel(axis=1)]
in_order = {}
for name, banks in {"pixels": [], "Sobel": [np.stack(sobel)[:, None]]}.items():
    splits = [(first, second), (second, first)]
    for seed in range(8):
        mixed = np.random.default_rng(seed).permutation(order)
        splits.append((mixed[:half], mixed[half:]))
    shares = [100 * right(banks, *split).mean() for split in splits]
    in_order[name] = shares[:2]
    print(
        f"{name}: in order {shares[0]:.1f}, halves swapped {shares[1]:.1f}, "
        f"shuffled {min(shares[2:]):.1f} to {max(shares[2:]):.1f}"
    )
    assert min(shares[2:]) > max(shares[:2])

ahead, behind = in_order["pixels"]
lost = ahead - behind
error = np.sqrt((ahead * (100 - ahead) + behind * (100 - behind)) / half)
print(f"pixels lose {lost:.1f}; standard error of a difference {error:.1f}")
assert lost > 2 * error
assert ahead > in_order["Sobel"][0]
assert behind < in_order["Sobel"][1]

# %% [markdown]
# In percent. Each of the eight shuffles flatters both, whichever half is the test. And with the
# halves swapped, pixels lose more than two standard errors, and come out no better than Sobel's
# pair: the errors are for independent digits, and these come in hands. So what follows is said of
# these people.
#
# ## Ready-made filters
#
# Two filters: Sobel along each axis. Eight: Sobel with both signs (ReLU would drop one of them),
# the Laplacian with both signs, a blur, and a copy.

# %%
eight = [*sobel, -sobel[0], -sobel[1]]
eight += [kernels.laplacian(), -kernels.laplacian()]
eight += [kernels.box(3), kernels.identity()]
ready_made = {len(bank): np.stack(bank)[:, None] for bank in (sobel, eight)}

# %% [markdown]
# ## Filters learned by gradient descent
#
# The filters and a linear layer behind them start at random and go downhill together on the
# cross-entropy, by Adam's steps (Kingma & Ba, 2015, algorithm 1). The slopes are written out, for
# one layer of filters or more, so they are checked first: each must be what the loss does when one
# number moves a little.


# %%
def loss_and_slopes(weights, x, wanted):
    *banks, head, bias = weights
    maps = answers(x, banks)
    described = block_means(maps[-1])
    scores = described @ head + bias
    loss = -(log_softmax(scores, axis=1) * wanted).sum(axis=1).mean()

    off = (softmax(scores, axis=1) - wanted) / len(x)
    slopes = [off.sum(axis=0), described.T @ off]
    n, filters, height, width = maps[-1].shape
    back = (off @ head.T).reshape(n, filters, height // 2, width // 2) / 4
    back = back.repeat(2, axis=2).repeat(2, axis=3)
    for i in reversed(range(len(banks))):
        back = back * (maps[i + 1] > 0)
        slopes.append(conv2d_weight(maps[i], banks[i].shape, back))
        if i:
            back = conv2d_input(maps[i].shape, banks[i], back)
    return loss, slopes[::-1]


rng = np.random.default_rng(0)
few, one_hot = images[:20], np.eye(10)[labels[:20]]
for banks in ([(2, 1, 3, 3), (18, 10)], [(2, 1, 3, 3), (3, 2, 3, 3), (12, 10)]):
    weights = [rng.normal(size=shape) for shape in [*banks, (10,)]]
    _, slopes = loss_and_slopes(weights, few, one_hot)
    for part, slope in zip(weights, slopes, strict=True):
        place = tuple(rng.integers(part.shape))
        moved = []
        for step in (1e-6, -2e-6):
            part[place] += step
            moved.append(loss_and_slopes(weights, few, one_hot)[0])
        part[place] += 1e-6
        measured = (moved[0] - moved[1]) / 2e-6
        assert np.isclose(measured, slope[place], atol=1e-7)
print("the slopes are right")


# %%
def learn(banks, learn_from, steps=50, rate=0.06):
    """Banks of filters, learned together with a linear layer, and the loss."""
    x, wanted = images[learn_from], np.eye(10)[labels[learn_from]]
    inputs = features(x[:1], banks).shape[1]
    weights = [*banks, np.zeros((inputs, 10)), np.zeros(10)]
    means = [np.zeros_like(part) for part in weights]
    squares = [np.zeros_like(part) for part in weights]
    for t in range(1, steps + 1):
        loss, slopes = loss_and_slopes(weights, x, wanted)
        for i, slope in enumerate(slopes):
            means[i] = 0.9 * means[i] + 0.1 * slope
            squares[i] = 0.99 * squares[i] + 0.01 * slope**2
            size = np.sqrt(squares[i] / (1 - 0.99**t)) + 1e-8
            weights[i] = weights[i] - rate * means[i] / (1 - 0.9**t) / size
    return weights[:-2], loss


def start(number, rng):
    return rng.normal(scale=1 / 3, size=(number, 1, 3, 3))


learned, loss = learn([start(8, np.random.default_rng(0))], first)
print(f"loss {loss:.2f}; guessing has {np.log(10):.2f}")
assert loss < 0.2
panels = {f"{i + 1}": kernel for i, kernel in enumerate(learned[0][:, 0])}
plots.images("Eight filters learned from the digits", panels, columns=4)
plt.show()

# %% [markdown]
# ## Filters found by a genetic algorithm
#
# No slopes here: the best 5 of each generation have 20 children, as in
# [`fit`](../kernels/learning.md#without-the-slope-a-genetic-algorithm). A child is as good as a
# linear classifier on its features, fitted by least squares on two thirds of the examples, does on
# the other third.


# %%
def misfit(bank, learn_from):
    cut = 2 * len(learn_from) // 3
    described = features(images[learn_from], [bank])
    table = np.c_[described, np.ones(len(described))]
    wanted = np.eye(10)[labels[learn_from]]
    a, b = table[:cut], wanted[:cut]
    ridge = 0.1 * np.eye(table.shape[1])  # or few examples leave it open
    fitted = np.linalg.solve(a.T @ a + ridge, a.T @ b)
    return np.mean((table[cut:] @ fitted - wanted[cut:]) ** 2)


def evolve(number, learn_from, rng, generations=10):
    children = rng.normal(size=(20, number, 1, 3, 3))
    parents, scores = children[:0], []
    for g in range(generations):
        family = np.concatenate([parents, children])
        scores = [*scores, *(misfit(child, learn_from) for child in children)]
        best = np.argsort(scores)[:5]
        parents, scores = family[best], [scores[i] for i in best]
        mothers, fathers = parents[rng.integers(5, size=(2, 20))]
        children = np.where(rng.random(mothers.shape) < 0.5, mothers, fathers)
        mutations = rng.normal(size=children.shape)
        children = children + 0.01 ** (g / generations) * mutations
    return parents[0]


# %% [markdown]
# ## The comparison
#
# Two filters and eight, from 100 examples and from all. Whatever depends on chance runs four times:
# which 100 examples are drawn, the learning's start, the children. Random pairs are drawn four
# times in each run, because they differ most. Learning has 50 steps and evolution 200 tries: not
# the same budget, and neither these numbers nor the rate is tuned.

# %%
RUNS = 4
found = {}  # for each bank, which test digits are named correctly
for examples in (100, half):
    for run in range(RUNS):
        rng = np.random.default_rng(run)
        chosen = rng.permutation(half)[:examples]
        banks = []
        chance = run == 0 or examples < half  # else a run repeats the first
        if chance:
            banks += [("pixels", 0, [])]
        for n in (2, 8):
            if chance:
                banks += [("ready-made", n, [ready_made[n]])]
            draws = 4 if n == 2 else 1
            banks += [("random", n, [start(n, rng)]) for _ in range(draws)]
            banks += [("learned", n, learn([start(n, rng)], chosen)[0])]
            banks += [("evolved", n, [evolve(n, chosen, rng)])]
        for name, n, bank in banks:
            key = name, n, examples
            found.setdefault(key, []).append(right(bank, chosen, second))

scores = {key: 100 * np.mean(found[key], axis=1) for key in found}


def cell(values):
    spread = f" ({min(values):.0f} to {max(values):.0f})"
    return f"{values.mean():3.0f}{spread if len(values) > 1 else ''}"


print("filters        100 examples    all examples")
for name, n in dict.fromkeys(key[:2] for key in scores):
    cells = [cell(scores[name, n, size]) for size in (100, half)]
    print(f"{n or '':1} {name:11} {cells[0]:14}  {cells[1]}")

# %% [markdown]
# Percent of the test digits named correctly: the mean over the runs, and the least to the most.
# From all examples, pixels and ready-made filters leave nothing to chance.

# %%
names = ["random", "evolved", "learned", "ready-made"]
figure, axes = plt.subplots(
    2,
    sharex=True,
    figsize=(4.2, 4.2),
    num="From all examples it matters which two; which eight, hardly",
)
for ax, number in zip(axes, (2, 8), strict=True):
    for row, name in enumerate(names):
        for examples, style in ((100, "C1o"), (half, "C0o")):
            values = scores[name, number, examples]
            ax.plot(
                values,
                np.full(len(values), row),
                style,
                alpha=0.6,
                label=f"{examples} examples" if row == 0 else None,
            )
    ax.axvline(in_order["pixels"][0], color="0.5", ls="--")
    ax.set(title=f"{number} filters", xlim=(45, 100))
    ax.set_yticks(range(4), names)

axes[0].legend(loc="upper left")
axes[1].set_xlabel("% correct")
plt.show()

# %% [markdown]
# The dashed line is raw pixels, from all examples.
#
# ## What it says
#
# From all examples, the mean over the runs, and for random pairs the median, since one of the
# sixteen does very badly:
#
# - With two filters, ready-made and evolved ones beat most random pairs. Learned ones are more than
#   two points ahead of the median on average; three of the four are above it. Few of the sixteen
#   reach the least of the three means.
# - Learned and evolved pairs come within three points of Sobel's. Whether one of the three is
#   better stays open.
# - With eight filters, the four banks and the bare pixels are within two points of each other. To
#   swap the halves made a larger difference for pixels, and so does having only 100 examples.
#
# How sure is that? All are tested on the same digits, so the error of a difference is taken digit
# by digit; the four runs add their own. With both together, Sobel's lead over the learned pairs, or
# the evolved ones, is less than two standard errors, and a lead of theirs of three points would be
# more than two away. So with 50 steps or 200 tries, neither is seen to do better than Sobel's.

# %%
two = {name: scores[name, 2, half].mean() for name in names}
two["random"] = np.median(scores["random", 2, half])
print({name: f"{mean:.1f}" for name, mean in two.items()})
least = min(two[name] for name in names[1:])
reach = np.sum(scores["random", 2, half] >= least)
print(f"random pairs that reach {least:.1f}: {reach} of 16")
assert reach <= 4
assert np.sum(scores["random", 2, half] < 70) == 1
assert np.sum(scores["random", 2, half] < scores["evolved", 2, half].min()) > 8
assert np.sum(scores["learned", 2, half] > two["random"]) == 3
assert least > two["random"] + 2
for name in ("learned", "evolved"):
    there = np.mean(found[name, 2, half], axis=0)
    leads = 100 * (found["ready-made", 2, half][0] - there)
    digits = leads.std(ddof=1) / np.sqrt(len(leads))
    runs = scores[name, 2, half].std(ddof=1) / np.sqrt(RUNS)
    print(
        f"Sobel's lead over {name}: {leads.mean():.1f}, "
        f"± {digits:.1f} for the digits, ± {runs:.1f} for the runs"
    )
    assert abs(leads.mean()) < 2 * np.hypot(digits, runs)
    assert 2 * np.hypot(digits, runs) < 3 + leads.mean()
from_all = [scores[name, 8, half].mean() for name in names]
from_few = [scores[name, 8, 100].mean() for name in names]
spread = np.ptp([*from_all, in_order["pixels"][0]])
assert spread < 2 < lost
assert min(np.subtract(from_all, from_few)) > 2

# %% [markdown]
# And what it doesn't: these images are tiny, the layer is one, and a linear classifier on the
# pixels is good already. Where no filter is on the shelf, as for the marks on the page about
# [kernels](../kernels/index.md#learned-against-ready-made), learning comes out ahead: by six points
# of the mark itself, by half a point if the best constant is subtracted from it.
# [A network of two layers](network.py) makes the comparison for its first one. Deep networks and
# millions of examples are another case again.
#
# ## What a second layer asks for
#
# A filter of the first layer sees 3×3 pixels. One of a second layer sees the answers of all the
# first, and through them 5×5 pixels. Here eight filters are followed by eight more, ten times drawn
# at random. Three of these starts learn, both layers together. Beside them, filters of 5×5.

# %%
seen = images[second]
untrained, trained = [], []  # the maps of each start's layers
for seed in range(10):
    rng = np.random.default_rng(seed)
    banks = [start(8, rng), rng.normal(scale=1 / 6, size=(8, 8, 3, 3))]
    wide = [rng.normal(size=(8, 1, 5, 5))]
    untrained.append([*answers(seen, banks)[1:], answers(seen, wide)[1]])
    if seed < 3:
        trained.append(answers(seen, learn(banks, first, steps=30)[0])[1:])

# %% [markdown]
# What does each filter of the second layer ask for? Nobody can read it off its 72 weights. So look
# for the places in the test digits that excite it most, after the first start: the windows of 5×5
# pixels behind its six largest answers, at most one from each digit.

# %%
mosaic = np.full((8, 6, 6, 6), np.nan)  # each window with a line below, right
for row, maps in zip(mosaic, trained[0][1].swapaxes(0, 1), strict=True):
    strongest = maps.max(axis=(1, 2)).argsort()[:-7:-1]
    for panel, i in zip(row, strongest, strict=True):
        top, left = np.unravel_index(maps[i].argmax(), maps[i].shape)
        panel[:5, :5] = seen[i, 0, top : top + 5, left : left + 5]

figure, ax = plt.subplots(
    figsize=(4.2, 5.6),
    num="Each row, what excites one filter of the second layer most",
)
ax.imshow(mosaic.swapaxes(1, 2).reshape(48, 36)[:-1, :-1], cmap="gray")
ax.set(xticks=[], yticks=[], facecolor="C0")
plt.show()

# %% [markdown]
# Pieces of strokes, bends, ends: parts of digits. Are they more *specific* than what the first
# layer asks for, that is, does a filter's largest answer tell more about which digit it is? Of its
# variance over all test digits, count the share that lies between the ten kinds: the mean over the
# filters that answer at all. And since depth alone might do it, count the same before they learn.


# %%
def specific(maps):
    peaks = maps.max(axis=(2, 3))
    peaks = peaks[:, peaks.any(axis=0)]
    kinds = labels[second]
    centres = np.stack(
        [peaks[kinds == kind].mean(axis=0) for kind in range(10)]
    )
    return np.mean(centres[kinds].var(axis=0) / peaks.var(axis=0))


before = np.array([[specific(m) for m in layers] for layers in untrained])
after = np.array([[specific(m) for m in layers] for layers in trained])
middle, error = before.mean(axis=0), before.std(axis=0, ddof=1) / 10**0.5
for name, share, off in zip(
    ("first", "second", "5×5"), middle, error, strict=True
):
    print(f"random {name}: {share:.2f} ± {off:.2f}")
print("learned first, second:", after.round(2).tolist())
deeper = before[:, 1] - before[:, 0]  # of the same draws
assert deeper.mean() > 2 * deeper.std(ddof=1) / 10**0.5
assert middle[2] > middle[1] - 0.01
assert min(after[:, 1]) > max(after[:, 0].max(), middle[1]) + 0.05

# %% [markdown]
# In all three starts the second layer's filters tell more than the first's, on average over eight,
# and more than random second layers do. Depth alone does a part of that, on average over ten draws,
# and that part may come from seeing more pixels: a single random layer of 5×5 tells no less. It is
# a tendency of this network on these digits; others have
# [found it elsewhere](../kernels/learning.md#what-is-learned-further-in).
#
# ## Try it
#
# - Learn five filters of 5×5 instead: start at `rng.normal(scale=1 / 5, size=(5, 1, 5, 5))`.
# - Learn for 300 steps, or with a rate of 0.3. Does the loss fall, and does the accuracy rise?
# - Start `learn` at the ready-made filters instead of random ones.
# - Shuffle the split. Which bank gains most, and why is that no reason to prefer it?
