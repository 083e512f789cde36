# %% [markdown] needs="[convolution](../convolution/index.md), in one dimension"
# # Smoothing a noisy sound
#
# A recording hisses. How much of the hiss can a convolution take out, what of the sound goes with
# it, and which kernel loses least? You slide a short window along the recording and replace every
# sample by a weighted mean of its neighbours. This lab finds the best width of the window, and then
# lets three kernels compete: a moving average, a Gaussian, and Wiener's.
#
# The page is made from a plain Python script. Its cells build on each other, so run them from the
# top.

# %% [markdown]
# ## A sound, and the same sound with noise
#
# The sound is a plucked string, without its mean, which no loudspeaker plays. The noise is white:
# every sample is disturbed independently, by the same amount on average. The *signal-to-noise
# ratio* compares the power of the two in decibels,
# $10 \log_{10}(\text{signal power} / \text{noise power})$: 0 dB is equal power, and every 10 dB is
# a factor of ten. After smoothing, all that differs from the clean sound counts as noise, lost
# sound too. You can [hear both](#hear-what-it-costs) further down.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Audio, display

from convnotes.convolution import convolve
from convnotes.kernels import gaussian
from convnotes.samples import pluck

RATE = 8000  # samples a second
LEVEL = 0.07  # of the noise, root mean square
rng = np.random.default_rng(7)
clean = pluck(220, 1.0, rate=RATE, rng=rng)
clean -= clean.mean()
noisy = clean + LEVEL * rng.standard_normal(clean.size)


def decibels(sound, clean=clean):
    """Signal-to-noise ratio: what isn't in `clean` is noise."""
    error = sound - clean
    return 10 * np.log10(np.square(clean).sum() / np.square(error).sum())


print(f"noisy: {decibels(noisy):.1f} dB")

# %% [markdown]
# ## One weighted mean, at every position
#
# A smoothing kernel has weights that are positive and sum to 1. Where the sound is constant, the
# mean changes nothing. Where it jumps about by chance, the chances cancel: the mean of $n$
# independent disturbances has $1/n$ of their variance, and with unequal weights $w$ it has
# $\sum_i w_i^2$ of it.

# %%
weights = gaussian(1.0, radius=(0, 4))[0]  # one row
smooth = convolve(noisy, weights, mode="same")

print("weights:", weights.round(3).tolist())
print(f"noise power left, predicted: {np.square(weights).sum():.3f}")
noise_left = convolve(noisy - clean, weights, mode="same")
measured = noise_left.var() / (noisy - clean).var()
print(f"noise power left, measured:  {measured:.3f}")
assert np.isclose(measured, np.square(weights).sum(), rtol=0.1)
print(f"noisy {decibels(noisy):.1f} dB, smooth {decibels(smooth):.1f} dB")
assert decibels(smooth) > decibels(noisy)

# %%
first = slice(3000, 3120)  # 15 milliseconds
time = np.arange(clean.size)[first] / RATE * 1000
fig, ax = plt.subplots(
    num="The smooth curve follows the clean one; the noisy one jumps about it"
)
ax.plot(time, noisy[first], "C1", lw=0.8, label="noisy")
ax.plot(time, smooth[first], "C0", label="smooth")
ax.plot(time, clean[first], "C2--", lw=1, label="clean")
ax.set(xlabel="milliseconds", ylabel="amplitude")
ax.set_ylim(-0.42, 0.3)
ax.legend(ncols=3, loc="lower right")
plt.show()

# %% [markdown]
# ## How wide should the window be?
#
# Too narrow, and the noise stays. Too wide, and the sound itself is averaged away. Between the two
# lies a best width. Finding it needs the clean sound, which you don't have in practice.


# %%
def smoothed(sigma):
    """The noisy sound through a Gaussian window, `sigma` in samples."""
    weights = gaussian(sigma, radius=(0, 32))[0]
    return convolve(noisy, weights, mode="same")


sigmas = np.linspace(0.3, 8, 78)
score = [decibels(smoothed(sigma)) for sigma in sigmas]
best = sigmas[np.argmax(score)]
print(f"best: σ = {best:.1f} samples, {max(score):.1f} dB")
print(f"widest: σ = {sigmas[-1]:.1f} samples, {score[-1]:.1f} dB")
assert score[-1] < decibels(noisy) < max(score)

fig, ax = plt.subplots(
    num="Smoothing helps up to a width, then it removes the sound itself"
)
ax.plot(sigmas, score)
ax.axhline(decibels(noisy), color="C1", ls="--", lw=1)
ax.text(6.5, decibels(noisy) + 0.1, "left alone", color="C1")
ax.set(xlabel="σ of the window, in samples", ylabel="signal-to-noise ratio, dB")
plt.show()

# %% [markdown]
# ## Hear what it costs
#
# The same string four times: as it was, with the hiss, through the best window, and through the
# widest one. Louder sounds better to most ears, so the root of their mean square is the same.

# %%
VOLUME = 0.1  # root mean square; no sample may be larger than 1


def listen(sounds):
    """Show a row of players, each with its name, all equally loud."""
    row = ""
    for name, sound in sounds.items():
        sound = sound * VOLUME / np.sqrt(np.square(sound).mean())
        assert abs(sound).max() <= 1
        sound = np.round(512 * sound) / 512  # compresses better
        player = Audio(sound, rate=RATE, normalize=False)._repr_html_()
        player = player.replace("<audio", f'<audio aria-label="{name}"')
        row += f"<figure><figcaption>{name}</figcaption>{player}</figure>"
    display(HTML(f'<div class="players">{row}</div>'))


smooth, too_smooth = smoothed(best), smoothed(sigmas[-1])
sounds = {"clean": clean, "noisy": noisy}
listen(sounds | {"smoothed": smooth, "too smooth": too_smooth})

# %% [markdown]
# Through the best window some hiss stays, duller than before, and the string has lost some of its
# brightness: both lay in the same frequencies. The widest window leaves a hum.
#
# ## What smoothing does to the spectrum
#
# The *convolution theorem*: convolving multiplies the spectrum by the kernel's own spectrum. A
# Gaussian's is again a Gaussian, 1 at frequency 0 and falling; sampled, nearly so. So this window
# keeps the low frequencies, where the string is loud, and takes the high ones, where hiss is most
# of what there is. The harmonics there are lost with it: a bump treats neighbouring frequencies
# alike, and can't tell the two apart.

# %%
weights = gaussian(best, radius=(0, 32))[0]


def spectrum(sound):
    """Mean power in 125 frequency bands, in decibels."""
    power = np.square(np.abs(np.fft.rfft(sound)))
    return 10 * np.log10(power[:-1].reshape(125, -1).mean(axis=1))


hertz = (np.arange(125) + 0.5) * 32
response = 20 * np.log10(np.abs(np.fft.rfft(weights, 500))[1::2])
change = spectrum(smooth) - spectrum(noisy)
difference = abs(change - response).max()
print(f"largest difference to the kernel's own spectrum: {difference:.1f} dB")
assert difference < 1

label = "The window keeps the low frequencies and removes the high ones"
fig, axes = plt.subplots(2, 1, sharex=True, figsize=(6.4, 6), num=label)
for name, sound in {"clean": clean, "noisy": noisy, "smooth": smooth}.items():
    axes[0].plot(hertz / 1000, spectrum(sound), lw=1, label=name)

axes[0].set(title="power", ylabel="dB", ylim=(-30, 60))
axes[0].legend()
axes[1].plot(hertz / 1000, change, "C2", label="smooth / noisy")
axes[1].plot(hertz / 1000, response, "C3--", label="the kernel")
axes[1].set(
    title="what was multiplied", xlabel="kHz", ylabel="dB", ylim=(-30, 3)
)
axes[1].legend()
plt.show()

# %% [markdown]
# ## Which gain is best, frequency by frequency?
#
# Suppose the sound has the power $S$ at a frequency, and the noise, independent of it, has $N$ on
# average. Multiply that frequency by a real gain $G$: the sound loses $(1 - G)^2 S$, and of the
# noise $G^2 N$ is left. On average over the noise the error is their sum, which is least for
#
# $$ G = \frac{S}{S + N}, \qquad \text{and then it is} \qquad \frac{S N}{S + N} $$
#
# This is the Wiener filter, in its simplest case, where past and future are both known (Wiener,
# Extrapolation, Interpolation, and Smoothing of Stationary Time Series, 1949). The inverse Fourier
# transform makes a kernel of the gains. One gain for each frequency is what a convolution *on a
# ring* has: the end of the sound is joined to its beginning.


# %%
def power(sound):
    return np.square(np.abs(np.fft.rfft(sound)))


def kernel_of(gain):
    """The kernel that has this gain at each frequency, as long as the sound."""
    return np.fft.fftshift(np.fft.irfft(gain, clean.size))


def on_a_ring(sound, kernel):
    """Convolve, with the end of the sound joined to its beginning."""
    middle = kernel.size // 2
    joined = np.pad(sound, (kernel.size - 1 - middle, middle), mode="wrap")
    return convolve(joined, kernel, mode="valid")


noise_power = clean.size * LEVEL**2  # at every frequency, on average
gain = power(clean) / (power(clean) + noise_power)
told = on_a_ring(noisy, kernel_of(gain))
by_transform = np.fft.irfft(gain * np.fft.rfft(noisy), clean.size)
assert np.allclose(told, by_transform)
print(f"Wiener, told S and N: {decibels(told):.1f} dB")

# %% [markdown]
# That isn't a fair win. This kernel was told the power of the clean string at each of 4001
# frequencies, and you have only the noisy one. So estimate both from what is there. The power of
# the noisy sound, averaged over neighbouring frequencies, estimates $S + N$. Its mean over the top
# quarter of the frequencies, where a string is weakest, estimates $N$.
#
# The other two kernels have one number to choose, their width, and so has this one, if the quarter
# stays as it is: over how many frequencies it averages. Each gets twelve values to choose from.


# %%
def moving_average(width, noisy):
    return np.full(width, 1 / width)


def gaussian_window(sigma, noisy):
    return gaussian(sigma, radius=(0, 12))[0]


def noise_of(noisy):
    """The mean power in the top quarter of the frequencies."""
    both = power(noisy)
    return both[both.size * 3 // 4 :].mean()


def wiener(neighbours, noisy, noise=None):
    """Wiener's kernel if S, and N too unless it is told, are estimated."""
    noise = noise_of(noisy) if noise is None else noise
    mean = np.full(neighbours, 1 / neighbours)
    both = convolve(power(noisy), mean, mode="same")
    return kernel_of(np.clip(1 - noise / both, 0, 1))


KERNELS = {
    "moving average": (moving_average, np.arange(1, 24, 2)),
    "Gaussian": (gaussian_window, np.linspace(0.3, 2.5, 12)),
    "Wiener": (wiener, [1, 3, 5, 9, 15, 21, 31, 41, 61, 81, 121, 161]),
}
assert all(len(values) == 12 for _, values in KERNELS.values())

# %% [markdown]
# ## The contest
#
# Each kernel's number is the one that scores best on a first draw of the noise, judged by the clean
# sound. Then it meets thirty other draws, the same for all. What counts is the mean of their
# signal-to-noise ratios. Two more kinds of sound take part: eight notes of a melody, and a burst of
# white noise that dies away like a handclap. Each gets as much noise as gives it the string's
# ratio. *Turned down* is no window at all, but one weight, the best for the first draw.


# %%
def play(kind, rng):
    """One second of a kind of sound."""
    if kind == "burst":
        return rng.standard_normal(RATE) * np.exp(-np.arange(RATE) / 400)
    pitches = [220]
    if kind == "melody":
        pitches = [220, 247, 277, 294, 330, 294, 277, 247]
    size = 1 / len(pitches)
    notes = [pluck(pitch, size, rate=RATE, rng=rng) for pitch in pitches]
    return np.concatenate([note - note.mean() for note in notes])


def with_noise(sound, draws, rng, level=LEVEL):
    """The sound with several draws of the noise, and the noise's power."""
    level = level * np.sqrt(np.mean(sound**2) / np.mean(clean**2))
    noise = level * rng.standard_normal((draws, sound.size))
    return sound + noise, sound.size * level**2


def score(sound, kernel, draw):
    return decibels(on_a_ring(draw, kernel), sound)


def contest(sound, draws, rng, level=LEVEL):
    """What was chosen on the first draw, and the scores on all others."""
    (first, *others), noise = with_noise(sound, 1 + draws, rng, level)
    chosen = {}
    scores = {"left alone": [decibels(draw, sound) for draw in others]}
    lower = first @ sound / (first @ first)
    scores["turned down"] = [decibels(lower * draw, sound) for draw in others]
    for name, (make, values) in KERNELS.items():
        tried = [score(sound, make(value, first), first) for value in values]
        best = values[np.argmax(tried)]
        scores[name] = [score(sound, make(best, draw), draw) for draw in others]
        chosen[name] = best
    told = kernel_of(power(sound) / (power(sound) + noise))
    scores["told S and N"] = [score(sound, told, draw) for draw in others]
    return chosen, scores


def mean_and_error(values):
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))


SOUNDS = {
    "string": clean,
    "melody": play("melody", rng),
    "burst": play("burst", rng),
}
chosen, scores = {}, {}
for kind, sound in SOUNDS.items():
    chosen[kind], scores[kind] = contest(sound, 30, np.random.default_rng(1))

print("dB             string melody  burst")
largest = 0
for name in scores["string"]:
    cells = [mean_and_error(scores[kind][name]) for kind in SOUNDS]
    largest = max(largest, *(error for _, error in cells))
    print(f"{name:14}", " ".join(f"{mean:6.2f}" for mean, _ in cells))

print(f"standard errors: at most {largest:.2f}")
print("\nchosen         string melody  burst")
for name, (_, values) in KERNELS.items():
    cells = [f"{chosen[kind][name]:6.3g}" for kind in SOUNDS]
    print(f"{name:14}", " ".join(cells))
    for kind in ("string", "melody"):
        assert values[0] < chosen[kind][name] < values[-1]

assert largest < 0.03
means = {
    kind: {name: np.mean(values) for name, values in scores[kind].items()}
    for kind in SOUNDS
}
assert means["melody"]["turned down"] > means["melody"]["moving average"] + 0.3
assert means["burst"]["turned down"] > means["burst"]["Gaussian"] + 0.2
assert chosen["burst"]["moving average"] == 1  # leaves it alone

# %% [markdown]
# This melody, turned down by about a quarter, scores more than through the moving average, and the
# burst more than through either window: the hiss loses more than the sound does.
#
# The standard errors say how well thirty draws of the noise fix the mean for *this* string, this
# melody, this burst. Would others do the same, at the same pitches and the same ratio? Twelve more
# of each kind, every one with a first draw to choose on and five to measure. One dot, one sound:
# how far Wiener's kernel is ahead of the Gaussian.

# %%
MORE = 12
lead = {}
for kind in SOUNDS:
    lead[kind] = []
    for n in range(MORE):
        sound = play(kind, np.random.default_rng(100 + n))
        _, other = contest(sound, 5, np.random.default_rng(200 + n))
        lead[kind].append(np.mean(other["Wiener"]) - np.mean(other["Gaussian"]))
    low, high = np.min(lead[kind]), np.max(lead[kind])
    average = "{:+.1f} ± {:.1f}".format(*mean_and_error(lead[kind]))
    print(f"{kind}: {average} dB, from {low:+.1f} to {high:+.1f}")

assert min(lead["string"]) > 1.5
assert 0.2 < np.mean(lead["melody"]) < 0.8
assert max(lead["burst"]) < -1.5

label = "Wiener's kernel is ahead on each string, and behind on each burst"
figure, ax = plt.subplots(figsize=(4.2, 2.6), num=label)
ax.axvline(0, color="0.5", ls="--", lw=1)
for place, kind in enumerate(SOUNDS):
    ax.plot(lead[kind], np.full(MORE, place), f"C{place}o", ms=6, alpha=0.6)

ax.set_yticks(range(3), SOUNDS)
ax.set(xlabel="dB ahead of the Gaussian", ylim=(2.5, -0.5), xlim=(-4.5, 4.5))
plt.show()

# %% [markdown]
# On the strings it is two to four decibels ahead, on the melodies about half of one, on average. On
# the bursts it takes out too much. Is it because of what it takes for the noise? Tell it $N$:

# %%
for kind, sound in SOUNDS.items():
    draws, noise = with_noise(sound, 10, np.random.default_rng(2))
    taken = np.mean([noise_of(one) for one in draws]) / noise
    number = chosen[kind]["Wiener"]
    told = [score(sound, wiener(number, one, noise), one) for one in draws]
    print(f"{kind}: takes {taken:.1f} times the noise for noise")
    print(f"    told N: {np.mean(told):.1f} dB")
    assert taken > 2.5 if kind == "burst" else taken < 2
    assert np.mean(told) > means[kind]["Gaussian"]

# %% [markdown]
# Yes: told $N$, it gains on the burst too. A burst is as strong in the top quarter of the
# frequencies as anywhere, and counts as noise there. A melody's notes begin with such bursts.
#
# The gains show where the lead on the string comes from. The Gaussian is a bump around frequency
# 0. The estimated gain is a comb: it lets the string's harmonics through, and little of what lies
# between. *Strong* is at least ten times the noise here, *weak* at most a tenth of it, up to
# 1200 Hz.

# %%
(heard,), _ = with_noise(clean, 1, np.random.default_rng(4))
kernels = {
    name: make(chosen["string"][name], heard)
    for name, (make, _) in KERNELS.items()
}
strong = power(clean)[:1200] > 10 * noise_power
weak = power(clean)[:1200] < noise_power / 10
figure, ax = plt.subplots(
    num="Wiener's gain is a comb that keeps the harmonics"
)
for name, color, lw in (("Wiener", "C3", 1), ("Gaussian", "C2", 2)):
    gain = np.abs(np.fft.rfft(kernels[name], clean.size))[:1200]
    ax.plot(gain, color, lw=lw)
    on, off = gain[strong].mean(), gain[weak].mean()
    print(f"{name}: gain {on:.2f} where strong, {off:.2f} where weak")
    assert on > 0.8
    assert off < 0.15 if name == "Wiener" else off > 0.8

ax.text(900, 0.97, "Gaussian", color="C2")
ax.text(60, 0.5, "Wiener", color="C3", rotation=90)
ax.set(xlabel="Hz", ylabel="gain", ylim=(0, 1.1))
plt.show()

# %% [markdown]
# Hear all three on this draw of the noise, on which no width was chosen. What a kernel does to a
# sum is the sum of what it does to hiss and string. So both can be measured: the hiss that is left,
# and the error on the string, each as a share of its power before.

# %%
listen({name: on_a_ring(heard, kernel) for name, kernel in kernels.items()})


def share(part, whole):
    return np.square(part).sum() / np.square(whole).sum()


hiss = heard - clean
for name, kernel in kernels.items():
    left = share(on_a_ring(hiss, kernel), hiss)
    lost = share(on_a_ring(clean, kernel) - clean, clean)
    print(f"{name}: {left:.0%} of the hiss left, {lost:.1%} of the string lost")
    assert 0.04 < lost < 0.1
    assert left < 0.12 if name == "Wiener" else 0.28 < left < 0.38

# %% [markdown]
# ## The answer
#
# On this string, at a signal-to-noise ratio of 4 dB, the two windows leave a third of the hiss and
# gain 2.5 and 3 dB, Wiener's kernel leaves a tenth and gains 6, and each loses five to nine percent
# of the string. This holds for one string at this level, in noise that is alike at all times and
# frequencies: on melodies the lead is about half a decibel, and on bursts, or on this string at
# 21 dB, Wiener's estimate does worse than leaving them alone.

# %%
for name, about in {"moving average": 2.5, "Gaussian": 3, "Wiener": 6}.items():
    gained = means["string"][name] - means["string"]["left alone"]
    print(f"{name} gains {gained:.1f} dB")
    assert abs(gained - about) < 0.6

assert means["burst"]["Wiener"] < means["burst"]["left alone"] - 1

_, weak_noise = contest(clean, 5, np.random.default_rng(1), level=0.01)
alone = np.mean(weak_noise["left alone"])
estimated = np.mean(weak_noise["Wiener"])
print(f"weak noise, left alone: {alone:.1f} dB, Wiener: {estimated:.1f} dB")
assert estimated < alone - 2

# %% [markdown]
# ## Try it
#
# Three things to change:
#
# - Replace the first Gaussian by a box, `np.full(5, 1 / 5)`. Which frequencies does it remove?
# - Smooth twice with the same window. Which single window does the same?
# - In a new cell, add `hum = 0.1 * tone(50, 1.0)` to `clean`, with `tone` from `convnotes.samples`.
#   Why does no smoothing window help? Tell Wiener's kernel `power(clean)` and `power(hum)`.
#
# More on the operation itself: [Convolution](../convolution/index.md). Other weights make an echo
# or a hall: [Hear a convolution](hearing.py). More kernels: [Kernels](../kernels/index.md).
