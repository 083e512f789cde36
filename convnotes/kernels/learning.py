"""Kernels learned from examples: by gradient descent, or by a genetic algorithm."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from convnotes.arguments import as_floats, check_room, generator, switch, whole_number, word
from convnotes.convolution import conv2d, conv2d_weight
from convnotes.kernels.sizes import odd_pair


@np.errstate(under="ignore")  # the momentum of a fit that is done dies away
def fit(
    inputs: ArrayLike,
    targets: ArrayLike,
    size: int | tuple[int, int],
    *,
    method: str = "gradient",
    rng: np.random.Generator,
    budget: int = 1000,
    progress: bool | None = None,
) -> tuple[NDArray, NDArray]:
    """Find a kernel that turns the inputs into the targets, from examples alone.

    The loss is the mean squared error over the pixels whose window lies inside the image, so no
    padding is assumed. Both methods start from weights drawn from a normal distribution.

    Args:
        inputs: One image or several, shape (H, W) or (N, H, W).
        targets: What the kernel should make of them, same shape.
        size: Of the kernel: one odd number, or height and width, both odd.
        method: "gradient" is gradient descent with momentum 0.9, its step small enough for any
            input. "evolution" is a genetic algorithm: of each generation the 5 best kernels become
            parents of 20 children, each weight taken from either parent at random and mutated; the
            mutations shrink from 1 to 1/1000 over the budget.
        rng: Source of the random numbers.
        budget: Passes over the data. Trying a kernel takes one, its gradient another.
        progress: Whether to show a progress bar with the lowest loss, on standard error. None shows
            one on a terminal once a run has taken a second.

    Returns:
        The best kernel tried, shape (KH, KW), and the history, shape (budget,). The history holds
        the lowest loss found after each pass, so its last entry is the loss of that kernel.

    Raises:
        ValueError: If the shapes differ, are empty or smaller than the kernel, size is even, budget
            is below 1 or method has another name.
        TypeError: If rng isn't a ``numpy.random.Generator``, or progress isn't True, False or None.

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964),
    doi:10.1016/0041-5553(64)90137-5, for momentum; D. E. Goldberg, "Genetic Algorithms"
    (1989), for the other.

    Examples:
        >>> import numpy as np
        >>> from convnotes.convolution import filter2d
        >>> from convnotes.kernels import fit
        >>> rng = np.random.default_rng(0)
        >>> image = rng.normal(size=(32, 32))
        >>> target = filter2d(image, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        >>> kernel, history = fit(image, target, 3, rng=rng)
        >>> np.abs(kernel.round(6)).tolist(), history.shape
        ([[1.0, 0.0, 1.0], [2.0, 0.0, 2.0], [1.0, 0.0, 1.0]], (1000,))
    """
    word(method, "method", ("gradient", "evolution"))
    generator(rng)
    if progress is not None:
        switch(progress, "progress")
    passes = whole_number(budget, "budget", minimum=1)
    check_room(f"budget={budget}", passes)
    kh, kw = odd_pair(size)
    layouts = "H, W", "N, H, W"
    x, y = as_floats(inputs, "inputs", *layouts), as_floats(targets, "targets", *layouts)
    if x.shape != y.shape or x.size == 0:
        raise ValueError(f"targets.shape={y.shape} must be inputs.shape={x.shape}, not empty")
    h, w = x.shape[-2:]
    if kh > h or kw > w:
        raise ValueError(f"size={size} must fit into images of ({h}, {w})")
    x, y = x.reshape(-1, 1, h, w), y.astype(x.dtype).reshape(-1, 1, h, w)
    y = y[..., kh // 2 : h - kh // 2, kw // 2 : w - kw // 2]  # where the window lies inside
    search = _descend if method == "gradient" else _evolve
    with _progress_bar(method, passes, progress) as bar:
        return search(x, y, (kh, kw), rng, bar)


def _progress_bar(method: str, passes: int, progress: bool | None) -> tqdm:
    hidden = None if progress is None else not progress  # None hides it where no terminal is
    delay = 1 if progress is None else 0  # seconds
    return tqdm(total=passes, desc=f"fit by {method}", unit="pass", disable=hidden, delay=delay)


def _advance(bar: tqdm, passes: int, lowest: float) -> None:
    bar.set_postfix_str(f"loss {lowest:.2e}", refresh=False)
    bar.update(passes)


def _descend(
    x: NDArray, y: NDArray, shape: tuple[int, int], rng: np.random.Generator, bar: tqdm
) -> tuple[NDArray, NDArray]:
    weight = rng.normal(size=(1, 1, *shape)).astype(x.dtype)
    velocity, best, losses = np.zeros_like(weight), (np.inf, weight), []
    # The mean squared length of a window bounds the curvature of the loss.
    energy = conv2d(x * x, np.ones_like(weight)).mean()
    rate = 0.5 / energy if energy > 0 else 0.0
    for spent in range(0, bar.total, 2):
        error = conv2d(x, weight) - y
        losses.append(np.mean(error * error))
        if not losses[-1] >= best[0]:  # also true for NaN, which has to come out
            best = (losses[-1], weight)
        slope = conv2d_weight(x, weight.shape, 2 / error.size * error)
        velocity = 0.9 * velocity - rate * slope
        weight = weight + velocity
        _advance(bar, min(2, bar.total - spent), best[0])
    return best[1][0, 0], np.repeat(np.minimum.accumulate(losses), 2)[: bar.total]


def _evolve(
    x: NDArray, y: NDArray, shape: tuple[int, int], rng: np.random.Generator, bar: tqdm
) -> tuple[NDArray, NDArray]:
    children = rng.normal(size=(20, 1, *shape)).astype(x.dtype)
    parents, scores, losses = children[:0], np.zeros(0, x.dtype), []
    while len(losses) < bar.total:
        children = children[: bar.total - len(losses)]
        error = conv2d(x, children) - y  # (N, children, OH, OW)
        fresh = np.mean(error * error, axis=(0, 2, 3))
        losses.extend(fresh)
        family, scores = np.concatenate([parents, children]), np.concatenate([scores, fresh])
        fittest = scores.argsort()[:5]
        parents, scores = family[fittest], scores[fittest]
        _advance(bar, len(children), scores[0])
        mothers, fathers = parents[rng.integers(len(parents), size=(2, 20))]
        mixed = np.where(rng.random(mothers.shape) < 0.5, mothers, fathers)
        mutation = 0.001 ** (len(losses) / bar.total) * rng.normal(size=mixed.shape)
        children = mixed + mutation.astype(x.dtype)
    return parents[0, 0], np.minimum.accumulate(losses)
