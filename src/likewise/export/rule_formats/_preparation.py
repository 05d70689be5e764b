"""How an encoder makes pixels of an image, in words for whoever runs a rule elsewhere."""

from __future__ import annotations

_LITE0 = (
    "RGB, upright by EXIF; the shorter side S resized to 256, the longer L to floor(256 * L / S), "
    "bicubic with antialiasing as Pillow has it; the middle 224 x 224, computed by one resize with "
    "a box; uint8, not scaled (the network scales), shape (n, 224, 224, 3), channels R, G, B last. "
    "docs/formats/rules.md has it as code"
)


def preparation(fingerprint: str) -> str:
    """What is done to an image before the encoder of a fingerprint, one line."""
    if fingerprint.startswith("efficientnet_lite0-"):
        return _LITE0
    return (
        f"as the model's own preprocessing says; in Python: 'prepare' of the encoder {fingerprint}"
    ).replace("\n", " ")
