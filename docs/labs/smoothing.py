# %% [markdown] needs="[convolution](../convolution/index.md), in one dimension"
# # Smoothing a noisy sound
#
# A recording hisses. How much of the hiss can a convolution take out, what of the sound goes with
# it, and which kernel loses least? You slide a short window along the recording and replace every
# sample by a weighted mean of its neighbours. This lab finds the best width of the window, and then
# lets kernels compete: a moving average, a Gaussian, and Wiener's, long and short.
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


def decibels(heard, sound):
    """Signal-to-noise ratio: what isn't in `sound` is noise."""
    error = heard - sound
    return 10 * np.log10(np.square(sound).sum() / np.square(error).sum())


before = decibels(noisy, clean)
print(f"noisy: {before:.1f} dB")

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
print(f"noisy {before:.1f} dB, smooth {decibels(smooth, clean):.1f} dB")
assert decibels(smooth, clean) > before

# %%
first = slice(3000, 3120)  # 15 milliseconds
time = np.arange(clean.size)[first] / RATE * 1000
fig, ax = plt.subplots(
    num="The smooth curve follows the clean one; the noisy one jumps about it"
)
ax.plot(time, noisy[first], "C1", lw=0.8, label="noisy")
ax.plot(time, smooth[first], "C0", label="smooth")
ax.plot(time, clean[first], "C2--", lw=1, label="clean")
ax.set(xlabel="milliseconds", ylabel="amplitude", ylim=(-0.42, 0.3))
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
reached = [decibels(smoothed(sigma), clean) for sigma in sigmas]
best = sigmas[np.argmax(reached)]
print(f"best: σ = {best:.1f} samples, {max(reached):.1f} dB")
print(f"widest: σ = {sigmas[-1]:.1f} samples, {reached[-1]:.1f} dB")
assert max(before, reached[0], reached[-1]) < max(reached) - 1

fig, ax = plt.subplots(
    num="Smoothing helps up to a width, then it removes the sound itself"
)
ax.plot(sigmas, reached)
ax.axhline(before, color="C1", ls="--", lw=1)
ax.text(6.5, before + 0.1, "left alone", color="C1")
ax.set(xlabel="σ of the window, in samples", ylabel="signal-to-noise ratio, dB")
plt.show()

# %% [markdown]
# ## Hear what it costs
#
# The same string four times: as it was, with the hiss, through the best window, and through the
# widest one, all with the same root of the mean square.

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
sounds = {"clean": clean, "noisy": noisy, "smoothed": smooth}
listen(sounds | {"too smooth": too_smooth})

# %% [markdown]
# Through the best window some hiss stays, duller than before, and the string has lost some of its
# brightness: both lay in the same frequencies. The widest window leaves a hum.
#
# ## What smoothing does to the spectrum
#
# The *convolution theorem*: convolving *on a ring*, the end of the sound joined to its beginning,
# multiplies the spectrum by the kernel's own. A Gaussian's is again a Gaussian, 1 at frequency 0
# and falling; in samples as coarse as these, less far at the highest. So this window keeps the low
# frequencies, where the string is loud, and takes the high ones, where hiss is most of what there
# is. The harmonics there are lost with it: a bump treats neighbouring frequencies alike, and can't
# tell the two apart.

# %%
weights = gaussian(best, radius=(0, 32))[0]


def on_a_ring(sound, kernel):
    """Convolve, with the end of the sound joined to its beginning."""
    middle = kernel.size // 2
    joined = np.pad(sound, (kernel.size - 1 - middle, middle), mode="wrap")
    return convolve(joined, kernel, mode="valid")


def spectrum(sound):
    """Mean power in 125 frequency bands, in decibels."""
    power = np.square(np.abs(np.fft.rfft(sound)))
    return 10 * np.log10(power[:-1].reshape(125, -1).mean(axis=1))


hertz = (np.arange(125) + 0.5) * 32
response = 20 * np.log10(np.abs(np.fft.rfft(weights, 500))[1::2])
change = spectrum(on_a_ring(noisy, weights)) - spectrum(noisy)
difference = abs(change - response).max()
print(f"largest difference to the kernel's own spectrum: {difference:.2f} dB")
assert difference < 0.2

label = "The window keeps the low frequencies and removes the high ones"
fig, axes = plt.subplots(2, 1, sharex=True, figsize=(6.4, 6), num=label)
for name, sound in sounds.items():
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
# transform makes a kernel of the gains, for a convolution on a ring.


# %%
def power(sound):
    return np.square(np.abs(np.fft.rfft(sound)))


def kernel_of(gain):
    """The kernel that has this gain at each frequency, as long as the sound."""
    return np.fft.fftshift(np.fft.irfft(gain, clean.size))


noise_power = clean.size * LEVEL**2  # at every frequency, on average
gain = power(clean) / (power(clean) + noise_power)
restored = on_a_ring(noisy, kernel_of(gain))
by_transform = np.fft.irfft(gain * np.fft.rfft(noisy), clean.size)
assert np.allclose(restored, by_transform)
print(f"Wiener, told S and N: {decibels(restored, clean):.1f} dB")

# %% [markdown]
# That isn't a fair win. This kernel was told the power of the clean string at each of 4001
# frequencies, and you have only the noisy one. So estimate both from what is there. The power of
# the noisy sound, averaged over neighbouring frequencies, estimates $S + N$. Its mean over the top
# quarter of the frequencies, where a string is weakest, estimates $N$.
#
# Nor is the length the same: Wiener's kernel has a weight for each sample of the sound, 8,000, and
# the windows have up to 25. So Wiener's with 25 around the sample competes too. If only these may
# differ from 0, the error is a quadratic function of them, least where linear equations hold.
#
# Each kernel has one number to choose, from eight at most: its width, or over how many frequencies
# the power is averaged. And each gets a factor, since Wiener's gains turn the sound down too.


# %%
def estimated(neighbours, noisy, noise=None):
    """S and N from the noisy sound; N may be told."""
    both = power(noisy)
    noise = both[both.size * 3 // 4 :].mean() if noise is None else noise
    mean = np.full(neighbours, 1 / neighbours)
    return np.maximum(convolve(both, mean, mode="same") - noise, 0), noise


def wiener(signal, noise):
    return kernel_of(signal / (signal + noise))


def weights_at(places, signal, noise):
    """Of all kernels with weights at these places, the one that errs least."""
    alike = np.fft.irfft(signal, clean.size)  # sound and sound, shifted
    both = alike[places[:, None] - places] + noise * np.eye(places.size)
    kernel = np.zeros(2 * places.max() + 1)
    kernel[places + places.max()] = np.linalg.solve(both, alike[places])
    return kernel


ROW = np.arange(-12, 13)
periods = 36.5 * np.arange(-8, 9)  # of the string, in samples
APART = np.union1d(np.floor(periods), np.ceil(periods)).astype(int)
assert APART.size == ROW.size
# Numbers n to choose from, and how a kernel is made: of n, of the noisy sound
# y, and of the true S and N if it is told them
WIDTHS, SIGMAS = np.arange(1, 16, 2), np.linspace(0.3, 1.7, 8)
COUNTS = [1, 3, 5, 9, 21, 41, 81, 161]  # of neighbours
KERNELS = {
    "turned down": ([1], lambda *_: np.ones(1)),
    "moving average": (WIDTHS, lambda n, *_: np.full(n, 1 / n)),
    "Gaussian": (SIGMAS, lambda n, *_: gaussian(n, radius=(0, 12))[0]),
    "Wiener, 25": (COUNTS, lambda n, y, *_: weights_at(ROW, *estimated(n, y))),
    "Wiener": (COUNTS, lambda n, y, *_: wiener(*estimated(n, y))),
    "told N": (COUNTS, lambda n, y, told: wiener(*estimated(n, y, told[1]))),
    "told both": ([1], lambda n, y, told: wiener(*told)),
    "25 centred": ([1], lambda n, y, told: weights_at(ROW, *told)),
    "25 apart": ([1], lambda n, y, told: weights_at(APART, *told)),
}

# %% [markdown]
# ## The contest
#
# Each kernel's number and factor are those that score best on a first draw of the noise, judged by
# the clean sound. Then it meets twenty other draws, the same for all. What counts is by how much
# the signal-to-noise ratio rises, on average. Two more kinds of sound take part: eight notes of a
# melody, and a burst of white noise that dies away like a handclap. Each gets as much noise as
# gives it the string's ratio. Then comes the string with *weak* noise, at 21 dB. *Turned down* is
# one weight. *Told both* is told $S$ and $N$; so are the best 25 weights in a row *centred* on the
# sample, and 25 *apart*, by periods of the string.


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


def mean_and_error(values):
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))


def contest(sound, draws, rng, level=LEVEL, names=KERNELS):
    """Chosen on the first draw: number, factor. On others: dB gained."""
    (first, *others), noise = with_noise(sound, 1 + draws, rng, level)
    told = power(sound), noise
    alone = np.array([decibels(draw, sound) for draw in others])
    chosen, gained = {}, {}
    for name in names:
        numbers, make = KERNELS[name]
        tried = []
        for number in numbers:
            heard = on_a_ring(first, make(number, first, told))
            factor = heard @ sound / (heard @ heard)
            tried.append((decibels(factor * heard, sound), number, factor))
        _, number, factor = chosen[name] = max(tried)
        heard = [on_a_ring(draw, make(number, draw, told)) for draw in others]
        gained[name] = [decibels(factor * h, sound) for h in heard] - alone
    return chosen, gained


SOUNDS = {"string": clean}
SOUNDS |= {kind: play(kind, rng) for kind in ("melody", "burst")}
CASES = {kind: (sound, LEVEL) for kind, sound in SOUNDS.items()}
CASES["weak"] = clean, LEVEL / 7
chosen, means, largest = {}, {}, 0
for case, (sound, level) in CASES.items():
    rng = np.random.default_rng(1)
    chosen[case], gained = contest(sound, 20, rng, level)
    means[case] = {name: np.mean(values) for name, values in gained.items()}
    errors = [mean_and_error(values)[1] for values in gained.values()]
    largest = max(largest, *errors)

print("dB gained      ", *(f"{case:>7}" for case in CASES))
for name in KERNELS:
    print(f"{name:15}", *(f"{means[case][name]:7.1f}" for case in CASES))

print(f"standard errors: at most {largest:.2f}")
assert largest < 0.05
names = "moving average", "Gaussian", "Wiener, 25", "25 centred", "Wiener"
on_string = [means["string"][name] for name in names]
assert np.allclose(on_string, [2.6, 3.2, 3.7, 3.7, 6.4], atol=0.06)
for case in SOUNDS:
    mean, (_, _, factor) = means[case], chosen[case]["turned down"]
    assert abs(factor - 0.73) < 0.01
    nothing_more = mean["turned down"] + 0.02
    assert (mean["moving average"] < nothing_more) == (case != "string")
    assert (mean["Gaussian"] < nothing_more) == (case == "burst")
    assert mean["25 centred"] > max(mean["Gaussian"], mean["Wiener, 25"])

assert means["string"]["25 apart"] > means["string"]["25 centred"] + 1.5

# %% [markdown]
# Turned down by about a quarter, to 0.73, all three gain 1.4 dB: hiss and sound lose the same share
# of their power, 47%, but the error in the sound is $(1 - 0.73)^2$ of its power, 7%. The moving
# average on this melody, and both windows on this burst, add nothing to that.
#
# On the string Wiener's 8,000 weights are three decibels ahead of the Gaussian. That is their
# reach: with 25 around the sample they are half of one ahead, and the best 25 there do as well, to
# a tenth. But 25 that are periods apart do better by two.
#
# The standard errors say how well twenty draws of the noise fix the mean for *this* string, melody
# and burst. Would others do the same, at the same pitches and ratio? Twelve more of each kind, each
# with a first draw to choose on and five to measure. One dot, one sound: how far Wiener's kernel is
# ahead of the Gaussian, hollow with 25 weights.

# %%
lead = {}
for kind in SOUNDS:
    lead[kind] = {"Wiener": [], "Wiener, 25": []}
    for n in range(12):
        sound = play(kind, np.random.default_rng(100 + n))
        rng = np.random.default_rng(200 + n)
        _, gained = contest(sound, 5, rng, names=("Gaussian", *lead[kind]))
        assert (np.mean(gained["Wiener"]) < -0.3) == (kind == "burst")
        for name, values in lead[kind].items():
            values.append(np.mean(gained[name] - gained["Gaussian"]))
    for name, values in lead[kind].items():
        average = "{:+.1f} ± {:.1f}".format(*mean_and_error(values))
        between = f"from {min(values):+.1f} to {max(values):+.1f}"
        print(f"{kind}, {name}: {average} dB, {between}")

assert min(lead["string"]["Wiener, 25"]) > 0
assert max(lead["string"]["Wiener, 25"]) < 1 < min(lead["string"]["Wiener"])
assert 0.2 < np.mean(lead["melody"]["Wiener"]) < 0.8
assert max(lead["burst"]["Wiener, 25"]) < 0

label = "Wiener's lead on strings is large with 8,000 weights, small with 25"
fig, ax = plt.subplots(figsize=(4.2, 2.6), num=label)
ax.axvline(0, color="0.5", ls="--", lw=1)
for place, ahead in enumerate(lead.values()):
    for values, fill in zip(ahead.values(), ("full", "none"), strict=True):
        where = np.full(len(values), place + 0.2 * (fill == "none"))
        ax.plot(values, where, f"C{place}o", alpha=0.6, fillstyle=fill)

ax.set_yticks(range(3), SOUNDS)
ax.set(xlabel="dB ahead of the Gaussian", ylim=(2.5, -0.5), xlim=(-4.5, 4.5))
plt.show()

# %% [markdown]
# With 8,000 weights it is two to four decibels ahead on the strings, on the melodies about half of
# one, on average. All the bursts, and the string with weak noise, it makes worse. Is it because of
# what it takes for the noise?

# %%
for case, (sound, level) in CASES.items():
    draws, noise = with_noise(sound, 5, np.random.default_rng(2), level)
    taken = np.mean([estimated(1, draw)[1] for draw in draws]) / noise
    print(f"{case}: takes {taken:.1f} times the noise for noise")
    assert (taken > 2) == (means[case]["Wiener"] < -1)

for case in ("burst", "weak"):
    assert means[case]["told N"] > means[case]["turned down"] + 0.2

# %% [markdown]
# Yes: told $N$, it gains on both, more than by being turned down. A burst is as strong in the top
# quarter of the frequencies as anywhere, and counts as noise there. A melody's notes begin with
# such bursts. And the string, too, has more there than the weak noise.
#
# The frequencies show what the reach is for. The Gaussian's gain is a bump around 0. The estimated
# one is a comb: it lets the string's harmonics through, and little of what lies between. *Strong*
# is at least ten times the noise here, *weak* at most a tenth of it, up to 1200 Hz.

# %%
(heard,), _ = with_noise(clean, 1, np.random.default_rng(4))
kernels = {}
for name in ("moving average", "Gaussian", "Wiener"):
    _, number, factor = chosen["string"][name]
    kernels[name] = factor * KERNELS[name][1](number, heard, None)

strong = power(clean)[:1200] > 10 * noise_power
weak = power(clean)[:1200] < noise_power / 10
fig, ax = plt.subplots(num="Wiener's gain is a comb on the harmonics")
for name, color, lw in (("Wiener", "C3", 1), ("Gaussian", "C2", 2)):
    gain = np.abs(np.fft.rfft(kernels[name], clean.size))[:1200]
    ax.plot(gain, color, lw=lw)
    on, off = gain[strong].mean(), gain[weak].mean()
    print(f"{name}: gain {on:.2f} where strong, {off:.2f} where weak")
    assert (off < on / 10) == (name == "Wiener")

ax.text(900, 0.93, "Gaussian", color="C2")
ax.text(60, 0.5, "Wiener", color="C3", rotation=90)
ax.set(xlabel="Hz", ylabel="gain", ylim=(0, 1.1))
plt.show()

# %% [markdown]
# Hear them on this draw of the noise, on which no number was chosen. What a kernel does to a sum is
# the sum of what it does to hiss and string, if it stays the same: Wiener's is made of this draw,
# and then kept. So both can be measured: the hiss that is left, and the error on the string, each
# as a share of its power before.

# %%
listen({name: on_a_ring(heard, kernel) for name, kernel in kernels.items()})


def share(part, whole):
    return np.square(part).sum() / np.square(whole).sum()


for name, kernel in kernels.items():
    left = share(on_a_ring(heard - clean, kernel), heard - clean)
    lost = share(on_a_ring(clean, kernel) - clean, clean)
    print(f"{name}: {left:.0%} of the hiss left, {lost:.1%} of the string lost")
    assert 0.045 < lost < 0.105
    assert left < 0.1 if name == "Wiener" else 0.2 < left < 0.32

# %% [markdown]
# ## The answer
#
# On this string, at a signal-to-noise ratio of 4 dB and with numbers that the clean sound chose, a
# moving average gains 2.6 dB, a Gaussian 3.2, and Wiener's kernel 6.4, but by the reach of its
# 8,000 weights: with 25, like the Gaussian, it gains 3.7, and no 25 in a row centred on the sample
# gain more, on average over the noise. Of the hiss the windows leave three tenths and the long
# kernel a tenth, and each loses five to ten percent of the string. This holds for one string at
# this level, in noise that is alike at all times and frequencies: on melodies the long kernel's
# lead is about half a decibel, and bursts, or this string at 21 dB, it makes worse.
#
# ## Three things to change and try
#
# - Replace the first Gaussian by a box, `np.full(5, 1 / 5)`. Which frequencies does it remove?
# - Smooth twice with the same window. Which single window does the same?
# - In a new cell, add `hum = 0.1 * tone(50, 1.0)` to `clean`, with `tone` from `convnotes.samples`.
#   Why does no smoothing window help? Try `wiener(power(clean), power(hum))`.
#
# More on the operation itself: [Convolution](../convolution/index.md). Other weights make an echo
# or a hall: [Hear a convolution](hearing.py). More kernels: [Kernels](../kernels/index.md).
