"""The lab's three networks give what PyTorch gives with the same weights."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
F = torch.nn.functional

LAB = Path(__file__).parents[1] / "docs/labs/faces.py"
FORWARD = LAB.read_text("utf-8").partition("# ## The ten first kernels")[0]
CELLS = FORWARD.partition("temple, flower = ")[0]  # all functions; nothing is detected yet


@pytest.fixture(scope="module")
def lab():
    names = {}
    exec(compile(CELLS, LAB, "exec"), names)
    return names


@pytest.fixture(scope="module")
def crops(lab):
    image = np.float32(lab["photo"](color=True) * 2 - 1).transpose(2, 0, 1)
    noise = np.random.default_rng(0).normal(size=(2, 3, 48, 48)).astype(np.float32)
    return np.concatenate([lab["cut"](image, (130, 160, 346, 376), 48, 48)[None], noise])


def features(x, convolutions):
    """Caffe's pooling, which the networks were trained with, is PyTorch's with `ceil_mode`."""
    for weight, bias, slopes, pool in convolutions:
        x = F.conv2d(x, torch.tensor(weight), torch.tensor(bias))
        x = F.prelu(x, torch.tensor(slopes))
        x = F.max_pool2d(x, pool, 2, ceil_mode=True) if pool else x
    return x


def test_the_layers_of_p_net(lab, crops):
    weights, offset_bias, more, score_bias = map(torch.tensor, lab["pnet_head"])
    last = features(torch.tensor(crops), lab["pnet"])
    offsets = F.conv2d(last, weights.permute(3, 2, 0, 1), offset_bias)
    scores = F.conv2d(last, more.permute(3, 2, 0, 1), score_bias).softmax(dim=1)[:, 1]
    actual = lab["slide"](crops)
    np.testing.assert_allclose(actual[0], offsets, atol=1e-4)
    np.testing.assert_allclose(actual[1], scores, atol=1e-4)


@pytest.mark.parametrize(("name", "size"), [("rnet", 24), ("onet", 48)])
def test_the_layers_and_the_ends_of_the_networks_behind(lab, crops, name, size):
    x = crops[:, :, :size, :size]
    head = [torch.tensor(part) for part in lab[f"{name}_head"]]
    last = features(torch.tensor(x), lab[name])
    assert last.shape[2:] == (3, 3)
    # Caffe's blobs had width before height: the package calls it Permute((2, 1, 3)).
    flat = last.permute(0, 3, 2, 1).flatten(1)
    hidden = F.prelu(F.linear(flat, head[0].T, head[1]), head[2])
    *expected, scores = (
        F.linear(hidden, w.T, b) for w, b in zip(head[3::2], head[4::2], strict=True)
    )
    actual = lab["judge"](x, lab[name], lab[f"{name}_head"])
    assert len(actual) == {"rnet": 2, "onet": 3}[name]
    for part, wanted in zip(actual, [*expected, scores.softmax(dim=1)[:, 1]], strict=True):
        np.testing.assert_allclose(part, wanted, atol=1e-4, rtol=1e-4)


def test_o_net_takes_the_face_for_one_and_noise_for_none(lab, crops):
    *_, scores = lab["judge"](crops, lab["onet"], lab["onet_head"])
    assert scores[0] > 0.9
    assert max(scores[1:]) < 0.1


def test_pooling_runs_over_the_edge_where_a_window_begins_inside(lab):
    x = np.random.default_rng(0).normal(size=(2, 3, 8, 11)).astype(np.float32)
    for size in (2, 3):
        expected = F.max_pool2d(torch.tensor(x), size, 2, ceil_mode=True)
        assert np.array_equal(lab["max_pool"](x, size), expected)


def test_a_cut_is_the_mean_by_area_and_nothing_outside(lab):
    x = np.random.default_rng(0).normal(size=(3, 12, 18)).astype(np.float32)
    expected = F.interpolate(torch.tensor(x)[None], (4, 9), mode="area")[0]
    np.testing.assert_allclose(lab["cut"](x, (0, 0, 12, 18), 4, 9), expected, atol=1e-6)
    beside = lab["cut"](x, (0, -6, 12, 6), 4, 4)
    assert np.all(beside[:, :, :2] == 0)
    np.testing.assert_allclose(beside[:, :, 2:], lab["cut"](x, (0, 0, 12, 6), 4, 2), atol=1e-6)


def test_suppression_keeps_the_best_of_those_that_overlap(lab):
    boxes = np.array(
        [[0, 0, 10, 10, 0.6], [0, 0, 10, 8, 0.9], [0, 8, 10, 18, 0.7], [50, 50, 60, 60, 0.1]]
    )
    assert lab["suppress"](boxes, 0.5)[:, 4].tolist() == [0.9, 0.7, 0.1]  # 0.8 of the union
    assert lab["suppress"](boxes, 0.85)[:, 4].tolist() == [0.9, 0.7, 0.6, 0.1]
