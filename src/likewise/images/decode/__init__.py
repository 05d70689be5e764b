"""An image file -> an upright RGB picture and the facts about it, at a bounded cost.

The bytes are read once: the digest and the picture come from the same bytes, so that they cannot
disagree when the file changes meanwhile. `read_image` is `read_bytes` followed by `decode`;
`likewise.images.decode.confined` does the same in processes of their own, for files that are not
trusted.
"""

from likewise.images.decode.facts import BadImageError, Decoded, ImageFacts, Limits
from likewise.images.decode.open_image import FORMATS
from likewise.images.decode.read import decode, decode_parts, read_bytes, read_image

__all__ = [
    "FORMATS",
    "BadImageError",
    "Decoded",
    "ImageFacts",
    "Limits",
    "decode",
    "decode_parts",
    "read_bytes",
    "read_image",
]
