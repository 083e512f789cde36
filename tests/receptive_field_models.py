"""Small models written out from their papers, to be read, measured and compared."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812


def conv(c_in, c_out, k=3, s=1, d=1, groups=1):
    """Convolution, batch norm, ReLU."""
    same = d * (k - 1) // 2
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, k, s, same, d, groups, bias=False), nn.BatchNorm2d(c_out), nn.ReLU()
    )


class Residual(nn.Module):
    """What a path computes, added to its input or to a projection of it."""

    def __init__(self, path, shortcut=None):
        super().__init__()
        self.path, self.shortcut = path, shortcut or nn.Identity()

    def forward(self, x):
        out = self.path(x)
        out += self.shortcut(x)
        return F.relu(out, inplace=True)


def basic(c_in, c_out, s=1):
    """He et al. 2016, figure 5, left."""
    down = None if s == 1 else nn.Conv2d(c_in, c_out, 1, s)
    return Residual(nn.Sequential(conv(c_in, c_out, 3, s), nn.Conv2d(c_out, c_out, 3, 1, 1)), down)


def bottleneck(c, s=1):
    """He et al. 2016, figure 5, right, with the stride in the 3×3 layer."""
    path = nn.Sequential(conv(c, 4, 1), conv(4, 4, 3, s), nn.Conv2d(4, c, 1))
    return Residual(path, None if s == 1 else nn.Conv2d(c, c, 1, s))


def resnet_basic():
    return nn.Sequential(conv(3, 4, 7, 2), nn.MaxPool2d(3, 2, 1), basic(4, 4), basic(4, 6, 2))


def resnet_bottleneck():
    return nn.Sequential(conv(3, 8, 7, 2), nn.MaxPool2d(3, 2, 1), bottleneck(8), bottleneck(8, 2))


def mobilenet_v1():
    """Howard et al. 2017, table 1, the first layers."""
    layers = [conv(3, 4, 3, 2)]
    for s in (1, 2, 1):
        layers += [conv(4, 4, 3, s, groups=4), conv(4, 4, 1)]
    return nn.Sequential(*layers)


class SqueezeExcite(nn.Module):
    """Hu et al. 2018, figure 3."""

    def __init__(self, c):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(c, 2, 1), nn.Conv2d(2, c, 1)

    def forward(self, x):
        gate = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(gate))))


class Inverted(nn.Module):
    """Sandler et al. 2018, figure 4; with a gate and another activation, MobileNet v3."""

    def __init__(self, c, k=3, s=1, gate=False, activation=nn.ReLU6):
        super().__init__()
        wide = 2 * c
        self.adds = s == 1
        self.path = nn.Sequential(
            nn.Conv2d(c, wide, 1), nn.BatchNorm2d(wide), activation(),
            nn.Conv2d(wide, wide, k, s, k // 2, groups=wide), nn.BatchNorm2d(wide), activation(),
            SqueezeExcite(wide) if gate else nn.Identity(),
            nn.Conv2d(wide, c, 1), nn.BatchNorm2d(c),
        )  # fmt: skip

    def forward(self, x):
        return x + self.path(x) if self.adds else self.path(x)


def mobilenet_v2():
    return nn.Sequential(conv(3, 4, 3, 2), Inverted(4), Inverted(4, s=2), Inverted(4))


def mobilenet_v3():
    gated = Inverted(4, 5, 2, gate=True, activation=nn.Hardswish)
    return nn.Sequential(conv(3, 4, 3, 2), Inverted(4), gated)


def efficientnet():
    return nn.Sequential(conv(3, 4, 3, 2), Inverted(4, 5, gate=True, activation=nn.SiLU))


class DenseNet(nn.Module):
    """Huang et al. 2017: each layer gets all before it; then a transition."""

    def __init__(self):
        super().__init__()
        self.stem = conv(3, 4, 7, 2)
        self.layers = nn.ModuleList(
            nn.Sequential(conv(4 + 2 * i, 8, 1), conv(8, 2)) for i in range(3)
        )
        self.transition = nn.Sequential(conv(10, 4, 1), nn.AvgPool2d(2))

    def forward(self, x):
        found = [self.stem(x)]
        for layer in self.layers:
            found.append(layer(torch.cat(found, 1)))
        return self.transition(torch.cat(found, 1))


class Inception(nn.Module):
    """Szegedy et al. 2015, figure 2b."""

    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c, 2, 1), nn.Sequential(conv(c, 2, 1), conv(2, 2, 3))
        self.c = nn.Sequential(conv(c, 2, 1), conv(2, 2, 5))
        self.d = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(c, 2, 1))

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x), self.d(x)], 1)


def inception():
    pool = nn.MaxPool2d(3, 2, ceil_mode=True)
    return nn.Sequential(conv(3, 4, 7, 2), pool, Inception(4), Inception(8), pool)


class ConvNeXt(nn.Module):
    """Liu et al. 2022, figure 4: depthwise 7×7, norm and linear layers with channels last."""

    def __init__(self, c):
        super().__init__()
        self.spatial, self.norm = nn.Conv2d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c)
        self.wide, self.narrow = nn.Linear(c, 4 * c), nn.Linear(4 * c, c)
        self.scale = nn.Parameter(torch.ones(c))

    def forward(self, x):
        y = self.norm(self.spatial(x).permute(0, 2, 3, 1))
        y = self.scale * self.narrow(F.gelu(self.wide(y)))
        return x + y.permute(0, 3, 1, 2)


def convnext():
    return nn.Sequential(nn.Conv2d(3, 4, 4, 4), ConvNeXt(4), nn.Conv2d(4, 4, 2, 2))


class UNet(nn.Module):
    """Ronneberger et al. 2015, padded, with two levels."""

    def __init__(self, up, crop=False):
        super().__init__()
        self.down1, self.down2, self.bottom = conv(3, 4), conv(4, 4), conv(4, 4)
        self.up1, self.up2 = up(), up()
        self.join1, self.join2 = conv(8, 4), conv(8, 4)
        self.crop = crop

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        d = self.join1(torch.cat([b, self.up1(c)], 1))
        e = self.join2(torch.cat([a, self.up2(d)], 1))
        return e[:, :, 3:-2, 1:] if self.crop else e


def unet_transposed():
    return UNet(lambda: nn.ConvTranspose2d(4, 4, 2, 2), crop=True)


def unet_bilinear():
    return UNet(lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True))


class Pyramid(nn.Module):
    """Lin et al. 2017, figure 3: three levels, of which the finest is returned first."""

    def __init__(self):
        super().__init__()
        self.up = nn.ModuleList([conv(3, 4, 3, 2), conv(4, 4, 3, 2), conv(4, 4, 3, 2)])
        self.lateral = nn.ModuleList(nn.Conv2d(4, 4, 1) for _ in range(3))
        self.smooth = nn.ModuleList(nn.Conv2d(4, 4, 3, padding=1) for _ in range(3))

    def forward(self, x):
        levels = []
        for layer in self.up:
            x = layer(x)
            levels.append(x)
        top, found = None, []
        for number in (2, 1, 0):
            side = self.lateral[number](levels[number])
            top = side if top is None else side + F.interpolate(top, side.shape[2:])
            found.insert(0, self.smooth[number](top))
        return found


class Atrous(nn.Module):
    """Chen et al. 2017, figure 5: dilated branches and the mean of the image."""

    def __init__(self, c, rates):
        super().__init__()
        self.branches = nn.ModuleList([conv(c, 2, 1)] + [conv(c, 2, 3, d=rate) for rate in rates])
        self.image = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, 2, 1))

    def forward(self, x):
        mean = F.interpolate(self.image(x), x.shape[2:], mode="bilinear", align_corners=False)
        return torch.cat([branch(x) for branch in self.branches] + [mean], 1)


def deeplab():
    return nn.Sequential(conv(3, 4, 3, 2), conv(4, 4, 3, 2), Atrous(4, (2, 3)), nn.Conv2d(8, 3, 1))


def deeplab_local():
    class Local(Atrous):
        def forward(self, x):
            return torch.cat([branch(x) for branch in self.branches], 1)

    return nn.Sequential(conv(3, 4, 3, 2), Local(4, (1, 2, 4)))


class HighResolution(nn.Module):
    """Wang et al. 2020, figure 3: two resolutions that exchange what they found."""

    def __init__(self):
        super().__init__()
        self.stem, self.down = conv(3, 4, 3, 2), conv(4, 4, 3, 2)
        self.fine, self.coarse = basic(4, 4), basic(4, 4)
        self.narrow, self.again = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, 2, 1)

    def forward(self, x):
        x = self.stem(x)
        fine, coarse = self.fine(x), self.coarse(self.down(x))
        up = F.interpolate(self.narrow(coarse), scale_factor=2, mode="nearest")
        return F.relu(fine + up), F.relu(coarse + self.again(fine))


def patchgan():
    """Isola et al. 2017, section 6.1.2: 70×70."""
    sizes = [(3, 4, 2), (4, 4, 2), (4, 4, 2), (4, 4, 1), (4, 1, 1)]
    return nn.Sequential(*(nn.Conv2d(a, b, 4, s, 1) for a, b, s in sizes))


class Causal(nn.Module):
    """Bai et al. 2018, figure 1b: two causal convolutions, added to their input."""

    def __init__(self, c, d):
        super().__init__()
        self.d, self.a, self.b = d, nn.Conv1d(c, c, 3, dilation=d), nn.Conv1d(c, c, 3, dilation=d)

    def forward(self, x):
        y = F.relu(self.a(F.pad(x, (2 * self.d, 0))))
        return x + F.relu(self.b(F.pad(y, (2 * self.d, 0))))


def tcn():
    return nn.Sequential(nn.Conv1d(1, 4, 1), Causal(4, 1), Causal(4, 2), Causal(4, 4))


class WaveNet(nn.Module):
    """van den Oord et al. 2016, figure 4: gates, residuals, and skips that are added up."""

    def __init__(self):
        super().__init__()
        rates = (1, 2, 4, 8)
        self.filters = nn.ModuleList(nn.Conv1d(2, 4, 2, padding=d, dilation=d) for d in rates)
        self.mixes = nn.ModuleList(nn.Conv1d(2, 2, 1) for _ in rates)
        self.stem = nn.Conv1d(1, 2, 1)

    def forward(self, x):
        x, skips = self.stem(x), 0
        for layer, mix in zip(self.filters, self.mixes, strict=True):
            a, b = layer(x)[..., : x.shape[-1]].chunk(2, dim=1)
            y = mix(torch.tanh(a) * torch.sigmoid(b))
            x, skips = x + y, skips + y
        return F.relu(skips)


class PyramidPool(nn.Module):
    """Spatial pyramid pooling as YOLOv5 has it: three poolings in a row, all concatenated."""

    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c, 2, 1), conv(8, c, 1)

    def forward(self, x):
        x = self.a(x)
        y = F.max_pool2d(x, 5, 1, 2)
        z = F.max_pool2d(y, 5, 1, 2)
        return self.b(torch.cat([x, y, z, F.max_pool2d(z, 5, 1, 2)], 1))


class SplitBlock(nn.Module):
    """YOLOv8's C2f: one half goes on, and everything on the way is concatenated."""

    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c, 4, 1), conv(8, c, 1)
        self.blocks = nn.ModuleList(nn.Sequential(conv(2, 2), conv(2, 2)) for _ in range(2))

    def forward(self, x):
        found = list(self.a(x).split((2, 2), 1))
        found.extend(block(found[-1]) for block in self.blocks)
        return self.b(torch.cat(found, 1))


def yolo():
    return nn.Sequential(conv(3, 4, 3, 2), SplitBlock(4), conv(4, 4, 3, 2), PyramidPool(4))


class Focus(nn.Module):
    """YOLOv5's stem: every second pixel into the channels."""

    def __init__(self):
        super().__init__()
        self.conv = conv(12, 4)

    def forward(self, x):
        parts = [x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]
        return self.conv(torch.cat(parts, 1))


class Attention(nn.Module):
    """Vaswani et al. 2017, section 3.2, with two heads."""

    def __init__(self, c, written_out=False):
        super().__init__()
        self.qkv, self.out, self.written_out = nn.Linear(c, 3 * c), nn.Linear(c, c), written_out

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, 2, c // 2).permute(2, 0, 3, 1, 4).unbind(0)
        if self.written_out:
            y = (q @ k.transpose(-2, -1) * (c // 2) ** -0.5).softmax(-1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).reshape(b, n, c))


class VisionTransformer(nn.Module):
    """Dosovitskiy et al. 2021: patches, a class token, attention, and patches as an image again."""

    def __init__(self, written_out=False):
        super().__init__()
        self.patch, self.norm = nn.Conv2d(3, 4, 4, 4), nn.LayerNorm(4)
        self.token, self.place = (
            nn.Parameter(torch.rand(1, 1, 4)),
            nn.Parameter(torch.rand(1, 37, 4)),
        )
        self.attention, self.mlp = Attention(4, written_out), nn.Linear(4, 4)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.place
        x = x + self.attention(self.norm(x))
        x = x + F.gelu(self.mlp(self.norm(x)))
        return x[:, 1:].transpose(1, 2).reshape(len(x), 4, 6, 6), x[:, 0]


class Windows(nn.Module):
    """Liu et al. 2021, section 3.2: attention within windows of 4×4 tokens, then merged patches."""

    def __init__(self):
        super().__init__()
        self.patch, self.attention = nn.Conv2d(3, 4, 2, 2), Attention(4, written_out=True)
        self.merge = nn.Linear(16, 4)

    def forward(self, x):
        x = self.patch(x).permute(0, 2, 3, 1)
        b, h, w, c = x.shape
        y = x.view(b, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        y = self.attention(y).view(b, h // 4, w // 4, 4, 4, c).permute(0, 1, 3, 2, 4, 5)
        x = x + y.reshape(b, h, w, c)
        parts = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        return self.merge(torch.cat(parts, -1)).permute(0, 3, 1, 2)


class Patches(nn.Module):
    """Patches cut by reshaping, as MLP-Mixer's and MAE's code does."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3 * 16, 4)

    def forward(self, x):
        b, c, h, w = x.shape
        x = x.reshape(b, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 3, 5, 1).flatten(3)
        return self.embed(x).permute(0, 3, 1, 2)


class Shuffle(nn.Module):
    """Shi et al. 2016: finer by moving channels into positions, with and without the layer."""

    def __init__(self, by_hand=False):
        super().__init__()
        self.a, self.b, self.by_hand = (
            nn.Conv2d(3, 4, 5, padding=2),
            nn.Conv2d(4, 8, 3, 1, 1),
            by_hand,
        )
        self.c = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        x = self.b(torch.tanh(self.a(x)))
        if not self.by_hand:
            return self.c(F.pixel_shuffle(x, 2))
        b, c, h, w = x.shape
        x = x.view(b, c // 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(b, c // 4, 2 * h, 2 * w)
        return self.c(x)


class Grouped(nn.Module):
    """Zhang et al. 2018, figure 2: grouped convolutions with shuffled channels."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(4, 4, 1, groups=2), nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.stem = conv(3, 4, 3, 2)

    def forward(self, x):
        x = self.stem(x)
        b, c, h, w = x.shape
        y = self.a(x).view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)
        return F.relu(x + self.b(y))


class UNet3d(nn.Module):
    """Çiçek et al. 2016, one level."""

    def __init__(self):
        super().__init__()
        self.a, self.b = (
            nn.Conv3d(1, 2, 3, padding=1),
            nn.Conv3d(2, 2, (1, 3, 3), padding=(0, 1, 1)),
        )
        self.up, self.c = nn.ConvTranspose3d(2, 2, 2, 2), nn.Conv3d(4, 1, 3, padding=1)

    def forward(self, x):
        a = F.relu(self.a(x))
        return self.c(torch.cat([a, self.up(self.b(F.max_pool3d(a, 2)))], 1))


class Rows(nn.Module):
    """Shi, Bai and Yao 2017: columns of an image as a sequence for a bidirectional LSTM."""

    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.lstm = nn.LSTM(2 * 4, 3, bidirectional=True, batch_first=True)

    def forward(self, x):
        x = self.cnn(x).permute(0, 3, 1, 2).flatten(2)
        return self.lstm(x)[0].transpose(1, 2).unsqueeze(2)


class Frames(nn.Module):
    """Frames in the batch for an image network, then a convolution over time."""

    def __init__(self):
        super().__init__()
        self.image, self.time = conv(2, 3, 3, 2), nn.Conv1d(3, 3, 3, padding=1)

    def forward(self, x):
        b, t, _, h, w = x.shape
        y = self.image(x.flatten(0, 1))
        y = y.view(b, t, 3, h // 2, w // 2).permute(0, 3, 4, 2, 1).reshape(-1, 3, t)
        y = self.time(y).view(b, h // 2, w // 2, 3, t)
        return y.permute(0, 3, 4, 1, 2)


# name: (model, shape of the input, axes or None, size and stride by hand or None)
# Sizes are 1 + Σ (k − 1) jump along the longest path; everything is the input's size.
MODELS = {
    "ResNet, basic": (resnet_basic, (1, 3, 64, 64), None, 7 + 2 * 2 + 2 * 2 * 4 + 2 * 4 + 2 * 8, 8),
    "ResNet, bottleneck": (resnet_bottleneck, (1, 3, 48, 40), None, 7 + 4 + 2 * 4 + 2 * 4, 8),
    "MobileNet v1": (mobilenet_v1, (1, 3, 33, 32), None, 3 + 4 + 4 + 2 * 4, 4),
    "MobileNet v2": (mobilenet_v2, (1, 3, 32, 31), None, 3 + 4 + 4 + 8, 4),
    "MobileNet v3": (mobilenet_v3, (1, 3, 24, 24), None, 24, 4),
    "EfficientNet": (efficientnet, (1, 3, 20, 24), None, (20, 24), 2),
    "DenseNet": (DenseNet, (1, 3, 32, 32), None, 7 + 3 * 4 + 2, 4),
    "Inception": (inception, (1, 3, 43, 40), None, 7 + 2 * 2 + 2 * 4 * 4 + 2 * 4, 8),
    "ConvNeXt": (convnext, (1, 3, 48, 48), None, 4 + 6 * 4 + 4, 8),
    "U-Net, transposed": (unet_transposed, (1, 3, 32, 28), None, None, 1),
    "U-Net, bilinear": (unet_bilinear, (1, 3, 24, 24), None, None, 1),
    "FPN": (Pyramid, (1, 3, 32, 32), None, None, 2),
    "DeepLab with the image's mean": (deeplab, (1, 3, 24, 24), None, 24, 4),
    "DeepLab without": (deeplab_local, (1, 3, 40, 40), None, 3 + 2 * 4 * 2, 2),
    "HRNet": (HighResolution, (1, 3, 32, 32), None, None, 2),
    "PatchGAN": (patchgan, (1, 3, 96, 96), None, 70, 8),
    "TCN": (tcn, (1, 1, 60), None, 1 + 2 * 2 * 7, 1),
    "WaveNet": (WaveNet, (1, 1, 40), None, 16, 1),
    "YOLO": (yolo, (1, 3, 48, 48), None, 3 + 4 * 2 * 2 + 4 + 12 * 4, 4),
    "Focus": (Focus, (1, 3, 24, 24), None, 6, 2),
    "ViT": (VisionTransformer, (1, 3, 24, 24), None, 24, 4),
    "ViT, written out": (lambda: VisionTransformer(True), (1, 3, 24, 24), None, 24, 4),
    "Swin without shift": (Windows, (1, 3, 32, 48), None, 8, 4),
    "MLP-Mixer's patches": (Patches, (1, 3, 24, 32), None, 4, 4),
    "ESPCN": (Shuffle, (1, 3, 16, 18), None, None, None),
    "ESPCN by hand": (lambda: Shuffle(True), (1, 3, 16, 18), None, None, None),
    "ShuffleNet": (Grouped, (1, 3, 25, 25), None, 7, 2),
    "3-D U-Net": (UNet3d, (1, 1, 8, 8, 12), None, None, 1),
    "CRNN": (Rows, (1, 1, 8, 20), None, (8, 20), None),
    "Video": (Frames, (1, 5, 2, 12, 16), (1, 3, 4), 3, (1, 2, 2)),
}
