"""What the notes that the site grew from claim, and the snippets that show it."""

import re

import pytest

from convnotes.site.blocks import snippets
from tests import topics
from tests.test_lessons import slug

# Claim: the sections, each with a snippet that would fail if the claim, said correctly, were false.
SHOWN = {
    "C1": ["convolution#on-a-photograph-why-a-filter-detects"],
    "C2": ["convolution/sound-and-spectra#the-integral-two-curves-sliding"],
    "C3": ["convolution/sound-and-spectra#sound-smoothing-and-echo"],
    "C4": ["convolution#the-same-thing-as-a-matrix"],
    "C5": [
        "convolution#the-same-thing-as-a-matrix",
        "convolution#groups-and-depthwise-convolution",
    ],
    "K1": ["kernels#two-slopes-make-a-gradient", "kernels/gallery#blur-sharpen-derivative"],
    "K2": [
        "kernels#learning-a-kernel-by-gradient-descent",
        "kernels/edges#four-operators-on-waves",
        "kernels/edges#the-slope-that-comes-out",
    ],
    "K3": ["kernels#one-window-by-hand", "kernels#exercises", "kernels/as-filters#exercises"],
    "K4": [
        "kernels/learning#without-the-slope-a-genetic-algorithm",
        "kernels#learned-against-ready-made",
        "kernels/learning#twenty-five-numbers-against-one",
    ],
    "K5": ["kernels#what-one-kernel-cant-do"],
    "A1": ["activations#why-a-network-needs-one"],
    "A2": ["activations/outputs#alone-or-together"],
    "A3": [
        "activations#never-use-the-sigmoid",
        "activations/depth-and-start#going-back-another-gain",
    ],
    "A4": ["activations#this-unit-is-0-so-it-is-dead", "activations/dying#dead-for-good"],
    "A5": ["activations/numerics-and-cost#the-gradient-at-0"],
    "A6": ["activations/atlas#smooth-ones-in-numbers"],
    "A7": [
        "activations/depth-and-start#a-deviation-of-the-size",
        "activations/depth-and-start#inputs-grow-alike",
        "activations/depth-and-start#residual-branches",
    ],
    "A8": ["activations/outputs#only-differences-count"],
    "A9": ["activations/atlas#smooth-ones-in-numbers"],
    "A10": ["activations/atlas#steps-and-shrinks"],
    "A11": ["activations#the-loss-takes-scores"],
    "A12": ["activations/gated-units#prelu-a-learned-slope", "activations/gated-units#maxout"],
    "T1": [
        "three-by-three#nine-weights-for-each-pair-of-channels",
        "three-by-three#a-33-layer-has-nine-weights",
        "three-by-three#exercises",
    ],
    "T2": ["three-by-three/stacks#smaller-than-33"],
    "T3": ["three-by-three#two-small-kernels-by-hand", "three-by-three#two-33-are-one-55"],
    "T4": ["three-by-three#what-a-stack-saves"],
    "T5": ["three-by-three#what-a-stack-cannot-do", "three-by-three/stacks#how-many-directions"],
    "T6": ["three-by-three#borders", "three-by-three/stacks#padding-and-the-ring"],
    "T7": ["three-by-three/winograd#two-outputs-by-hand"],
    "T8": ["three-by-three#fewer-multiplyadds-mean-less-time"],
    "T9": ["three-by-three/larger-kernels#noise", "three-by-three#when-larger-wins"],
    "R1": ["receptive-field#by-hand-change-one-pixel-count-three-layers"],
    "R2": ["receptive-field/calculator#two-recurrences-and-a-closed-form"],
    "R3": [
        "receptive-field/calculator#start-and-centre",
        "receptive-field/dilation#dilation-left-out-of-the-position",
    ],
    "R4": ["receptive-field#where-the-field-lies-jump-and-padding"],
    "R5": ["receptive-field/calculator#branches-and-alignment"],
    "R6": ["receptive-field/dilation#the-rule-and-why-it-is-exact"],
    "R7": ["receptive-field/effective#measuring-it-impulse-and-gradient"],
    "R8": [
        "receptive-field#most-of-the-weight-sits-in-the-middle",
        "receptive-field/effective#the-weight-as-a-random-walk",
    ],
    "R9": [
        "receptive-field#what-sees-everything",
        "receptive-field/calculator#what-sees-everything-and-the-local-field",
    ],
    "R10": ["receptive-field/networks#real-networks-computed"],
    "R11": ["receptive-field/networks#a-field-larger-than-the-input"],
    "R12": ["receptive-field/tiles#tiles-and-strides"],
    "R13": ["receptive-field/calculator#the-words-same-same-and-causal"],
    "R14": ["receptive-field/calculator#upsampling-the-field-depends-on-the-phase"],
    "R15": ["receptive-field/effective#branches"],
    "R16": ["receptive-field/networks#a-graph-taken-for-a-chain"],
}
CLAIMS = {
    "convolution": ["C1", "C2", "C3", "C4", "C5"],
    "kernels": ["K1", "K2", "K3", "K4", "K5"],
    "three-by-three": [f"T{number}" for number in range(1, 10)],
    "activations": [f"A{number}" for number in range(1, 13)],
    "receptive-field": [f"R{number}" for number in range(1, 17)],
}


@pytest.mark.parametrize("topic", topics.TOPICS)
def test_every_claim_is_mapped(topic):
    assert [claim for claim in CLAIMS[topic] if claim not in SHOWN] == []


@pytest.mark.parametrize(("claim", "place"), [(c, p) for c, ps in SHOWN.items() for p in ps])
def test_a_claim_is_shown_by_a_snippet_that_checks_it(claim, place):
    page, _, section = place.partition("#")
    lines = topics.text(page).splitlines()
    headings = [(n, line) for n, line in enumerate(lines) if re.match(r"###? ", line)]
    begins, ends = next(
        (n, after)
        for (n, line), (after, _) in zip(headings, [*headings[1:], (len(lines), "")], strict=True)
        if slug(line.lstrip("#")) == section
    )
    found = [s for s in snippets.find(lines) if begins < s.source.first < ends]
    assert any("assert" in s.source.code or s.output for s in found), place
