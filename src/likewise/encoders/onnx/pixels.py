"""Preprocessing of images by the preprocessor_config.json of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.errors import CorruptError


@dataclass(frozen=True)
class Pixels:
    """Resize, cut out the middle, scale and normalise, as transformers' image processors do.

    Attributes:
        height, width: to resize to; a width of 0 means `height` is the shorter side's length and
            the shape is kept.
        crop: height and width of the middle that is cut out, or None.
        resample: Pillow's number of the filter.
        scale: of grey levels.
        mean, std: of each colour, after scaling.
    rounds: the middle is cut out as torchvision does, which rounds half pixels to even ones.

    Example:
        >>> pixels = Pixels.read({"size": {"shortest_edge": 8}, "crop_size": 8})
        >>> pixels.square(Image.new("RGB", (32, 16), "white")).shape
        (8, 8, 3)
    """

    height: int
    width: int
    crop: tuple[int, int] | None
    resample: int
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    rounds: bool = False

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Pixels:
        """Read a preprocessor_config.json of CLIP's or SigLIP's kind."""
        try:
            size = settings["size"]
            if isinstance(size, int):
                height, width = size, 0
            elif "shortest_edge" in size:
                height, width = int(size["shortest_edge"]), 0
            else:
                height, width = int(size["height"]), int(size["width"])
            normalise = settings.get("do_normalize", True)
            return cls(
                height,
                width,
                _crop(settings),
                int(settings.get("resample", Image.Resampling.BICUBIC)),
                float(settings.get("rescale_factor", 1 / 255))
                if settings.get("do_rescale", True)
                else 1.0,
                tuple(map(float, settings.get("image_mean", _MEAN))) if normalise else (0.0,) * 3,
                tuple(map(float, settings.get("image_std", _STD))) if normalise else (1.0,) * 3,
                bool(settings.get("rounds", False)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptError(
                f"the model's preprocessor_config.json is not understood ({error!r}); 'size' with "
                "'shortest_edge', or 'height' and 'width', is wanted"
            ) from error

    @property
    def facts(self) -> dict[str, Any]:
        """What the fingerprint of an encoder says of it; `rounds` only where it is on."""
        return {name: value for name, value in asdict(self).items() if name != "rounds" or value}

    @property
    def shorter_side(self) -> int:
        """Pixels on the shorter side from which nothing is lost."""
        return max(self.height, self.width)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width that the network sees."""
        return self.crop or (self.height, self.width or self.height)

    def square(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut an upright RGB image; uint8 of shape (height, width, 3)."""
        width, height = self.width, self.height
        if not width:
            shorter, longer = sorted(image.size)
            longer = int(self.height * longer / shorter)
            width, height = (
                (self.height, longer) if image.width <= image.height else (longer, self.height)
            )
        image = image.resize((width, height), Image.Resampling(self.resample))
        if self.crop is not None:
            top, left = (height - self.crop[0]) / 2, (width - self.crop[1]) / 2
            top, left = (round(top), round(left)) if self.rounds else (int(top), int(left))
            image = image.crop((left, top, left + self.crop[1], top + self.crop[0]))
        elif not self.width and width != height:
            raise CorruptError(
                "the model's preprocessor_config.json keeps the shape of images and cuts nothing "
                "out; 'crop_size' is wanted"
            )
        return np.asarray(image)

    def planes(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Grey levels (n, height, width, 3) to the network's numbers (n, 3, height, width)."""
        std, mean = np.array(self.std, np.float32), np.array(self.mean, np.float32)
        levels = squares.astype(np.float32) * (np.float32(self.scale) / std) - mean / std
        return np.ascontiguousarray(levels.transpose(0, 3, 1, 2))


_MEAN = (0.48145466, 0.4578275, 0.40821073)  # CLIP's
_STD = (0.26862954, 0.26130258, 0.27577711)


def _crop(settings: Mapping[str, Any]) -> tuple[int, int] | None:
    crop = settings.get("crop_size")
    if crop is None or not settings.get("do_center_crop", True):
        return None
    if isinstance(crop, int):
        return crop, crop
    return int(crop["height"]), int(crop["width"])


def from_open_clip(settings: Mapping[str, Any], side: int) -> dict[str, Any]:
    """What a preprocessor_config.json would say, from open_clip's settings.

    Args:
        settings: a ``preprocess_cfg``; what it leaves out is as for CLIP.
        side: of the square that the network sees, where the settings do not say it.

    Raises:
        CorruptError: a way of resizing that is not known here.

    Example:
        >>> from_open_clip({"size": [8, 8], "resize_mode": "squash"}, 0)["size"]
        {'height': 8, 'width': 8}
    """
    size = settings.get("size") or side
    height, width = (size, size) if isinstance(size, int) else map(int, size)
    mode, filter_name = settings.get("resize_mode", "shortest"), settings.get("interpolation")
    if mode not in ("shortest", "squash") or filter_name not in (None, "bicubic", "bilinear"):
        raise CorruptError(
            f"the model resizes images by '{mode}' with '{filter_name}', which is not known here; "
            "'shortest' or 'squash' with 'bicubic' or 'bilinear' is wanted"
        )
    crops = mode == "shortest"
    return {
        "size": {"shortest_edge": min(height, width)}
        if crops
        else {"height": height, "width": width},
        "crop_size": {"height": height, "width": width},
        "do_center_crop": crops,
        "resample": int(getattr(Image.Resampling, (filter_name or "bicubic").upper())),
        "image_mean": settings.get("mean", _MEAN),
        "image_std": settings.get("std", _STD),
        "rounds": crops,
    }
