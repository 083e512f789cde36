# %% [markdown] needs="[convolution](../convolution/index.md), in one dimension"
# # Smoothing a noisy sound
#
# A recording hisses. You slide a short window along it and replace every sample by a weighted
# mean of its neighbours: a convolution. The hiss drops, and so does a part of the sound. This lab
# measures both, and finds the window that loses least.
#
# The page is made from a plain Python script. Its cells build on each other, so run them from the
# top.

# %% [markdown]
# ## A sound, and the same sound with noise
#
# The sound is a plucked string, the noise is white: every sample is disturbed independently, by
# the same amount on average. The *signal-to-noise ratio* compares the power of the two in
# decibels, $10 \log_{10}(\text{signal power} / \text{noise power})$: 0 dB is equal power, and
# every 10 dB is a factor of ten. You can [hear both](#hear-what-it-costs) further down, beside what
# smoothing makes of them.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Audio, display

from convnotes.convolution import convolve
from convnotes.kernels import gaussian
from convnotes.samples import pluck

RATE = 8000  # samples a second
rng = np.random.default_rng(7)
clean = pluck(220, 1.0, rate=RATE, rng=rng)
noisy = clean + 0.07 * rng.standard_normal(clean.size)


def decibels(sound):
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
weights = gaussian(1.0, radius=4).sum(axis=0)  # two dimensions become one
smooth = convolve(noisy, weights, mode="same")

print("weights:", weights.round(3).tolist())
print(f"noise power left, predicted: {np.square(weights).sum():.3f}")
noise_left = convolve(noisy - clean, weights, mode="same")
measured = noise_left.var() / (noisy - clean).var()
print(f"noise power left, measured:  {measured:.3f}")
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
ax.set_ylim(-0.45, 0.25)
ax.legend(ncols=3, loc="lower right")
plt.show()

# %% [markdown]
# ## How wide should the window be?
#
# Too narrow, and the noise stays. Too wide, and the sound itself is averaged away. Between the two
# lies a best width. Finding it needs the clean sound, which you don't have in practice; here it
# shows what the choice is about.


# %%
def smoothed(sigma):
    """The noisy sound through a Gaussian window, `sigma` in samples."""
    weights = gaussian(sigma, radius=32).sum(axis=0)
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
# widest one. Louder sounds better to most ears, so all four are played at the same volume: the
# root of their mean square is the same.

# %%
VOLUME = 0.1  # root mean square; no sample may be larger than 1


def listen(sounds):
    """Show a row of players, each with its name, all equally loud."""
    row = ""
    for name, sound in sounds.items():
        sound = sound * VOLUME / np.sqrt(np.square(sound).mean())
        assert abs(sound).max() <= 1
        player = Audio(sound, rate=RATE, normalize=False)._repr_html_()
        player = player.replace("<audio", f'<audio aria-label="{name}"')
        row += f"<figure><figcaption>{name}</figcaption>{player}</figure>"
    display(HTML(f'<div class="players">{row}</div>'))


smooth, too_smooth = smoothed(best), smoothed(sigmas[-1])
sounds = {"clean": clean, "noisy": noisy}
listen(sounds | {"smoothed": smooth, "too smooth": too_smooth})

# %% [markdown]
# The best window doesn't give the clean string back. Some hiss stays, duller than before, and the
# string has lost some of its brightness: both lay in the same frequencies. The widest window leaves
# a hum.
#
# ## What smoothing does to the spectrum
#
# The *convolution theorem*: convolving multiplies the spectrum by the kernel's own spectrum. A
# Gaussian's is again a Gaussian, 1 at frequency 0 and falling. So this window keeps the low
# frequencies, where the string is loud, and takes the high ones, where only hiss is left. The
# harmonics that the hiss had drowned are lost with it: no smoothing kernel tells the two apart.

# %%
weights = gaussian(best, radius=32).sum(axis=0)


def spectrum(sound):
    """Mean power in 128 frequency bands, in decibels."""
    power = np.square(np.abs(np.fft.rfft(sound)))
    bands = power[: power.size // 128 * 128].reshape(128, -1)
    return 10 * np.log10(bands.mean(axis=1))


hertz = (np.arange(128) + 0.5) * RATE / 2 / 128
response = 20 * np.log10(np.abs(np.fft.rfft(weights, 512))[1:256:2])
change = spectrum(smooth) - spectrum(noisy)
# Above 2500 Hz the window leaves too little to compare.
middle = (hertz > 500) & (hertz < 2500)
difference = abs(change - response)[middle].max()
print(f"largest difference to the kernel's own spectrum: {difference:.1f} dB")
assert difference < 1

fig, axes = plt.subplots(
    2,
    1,
    sharex=True,
    figsize=(6.4, 6),
    num="The window keeps the low frequencies and removes the high ones",
)
for name, sound in {"clean": clean, "noisy": noisy, "smooth": smooth}.items():
    axes[0].plot(hertz / 1000, spectrum(sound), lw=1, label=name)

axes[0].set(title="power", ylabel="dB", ylim=(-30, 60))
axes[0].legend()
axes[1].plot(hertz / 1000, change, "C2", label="smooth / noisy")
axes[1].plot(hertz / 1000, response, "C3--", label="the kernel")
axes[1].set(
    title="what was multiplied", xlabel="kHz", ylabel="dB", ylim=(-60, 5)
)
axes[1].legend()
plt.show()

# %% [markdown]
# ## Smoothing is one kernel's doing, not convolution's
#
# The same operation with other weights does something else. Two spikes make an echo: the sound,
# and a quarter of a second later the sound again at half the strength.

# %%
echo = np.zeros(RATE // 4 + 1)
echo[0], echo[-1] = 1, 0.5
heard = convolve(clean, echo, mode="full")

delayed = np.concatenate([np.zeros(RATE // 4), 0.5 * clean])
direct = np.concatenate([clean, np.zeros(RATE // 4)])
assert np.allclose(heard, direct + delayed)
listen({"the clean string and its echo": heard})

# %% [markdown]
# ## Try it
#
# - Replace the Gaussian by a box, `np.full(5, 1 / 5)`. Which frequencies does it remove entirely?
# - Smooth twice with the same window. Which single window does the same?
# - Make the noise a hum, `0.1 * tone(50, 1.0)`. Why does no smoothing window help?
#
# More on the operation itself: [Convolution](../convolution/index.md). More kernels:
# [Kernels](../kernels/index.md).
