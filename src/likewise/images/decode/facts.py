"""What is known of an image, what it may cost, and why it is refused."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PIL import Image

from likewise.errors import BadInputError


class BadImageError(BadInputError):
    """A file that cannot be read as an image; the message is the reason, without the path."""


@dataclass(frozen=True)
class Limits:
    """What an image may cost.

    Attributes:
        max_megapixels: refuse images of more millions of pixels, by their header.
        max_megabytes: refuse files of more units of 2**20 bytes.
        max_seconds: leave out images that take more processor time to decode.
        max_memory_megabytes: address space of a process that decodes, in units of 2**20 bytes.
    """

    max_megapixels: float = 200.0
    max_megabytes: float = 512.0
    max_seconds: float = 10.0
    max_memory_megabytes: float = 4096.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise BadInputError(f"{field.name} is {value}; a number above 0 is wanted")

    def check_bytes(self, count: int) -> None:
        """Refuse a file of too many bytes.

        Raises:
            BadImageError: it has more than `max_megabytes`.
        """
        megabytes = count / 2**20
        if megabytes > self.max_megabytes:
            raise BadImageError(
                f"{megabytes:.0f} megabytes, above the cap of {self.max_megabytes:g} for a file; "
                "raise it with --max-megabytes"
            )

    def check_pixels(self, width: int, height: int) -> None:
        """Refuse an image of too many pixels.

        Raises:
            BadImageError: it has more than `max_megapixels`.
        """
        megapixels = width * height / 1e6
        if megapixels > self.max_megapixels:
            raise BadImageError(
                f"{megapixels:.0f} megapixels, above the cap of {self.max_megapixels:g}; "
                "raise it with --max-megapixels"
            )


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image, or of a part of one, once it was read.

    Attributes:
        width, height: pixels of the upright original, or of the part.
        format: what its content is, in Pillow's names: JPEG, PNG, WEBP, GIF, BMP, TIFF, MPO,
            AVIF or HEIF.
        taken_at: when the picture was taken, in the camera's own time, ISO 8601, or None.
        camera: make and model, or None.
        digest: SHA-256 of the file's bytes, 64 hexadecimal digits; of a part, of that and of
            the pixels that it takes in.
    """

    width: int
    height: int
    format: str
    taken_at: str | None
    camera: str | None
    digest: str


@dataclass(frozen=True, eq=False)
class Decoded(ImageFacts):
    """The facts with the picture.

    Attributes:
        image: upright, RGB; smaller than the original where that was asked for.
    """

    image: Image.Image

    def without_image(self) -> ImageFacts:
        """The facts alone, so that the picture's memory can go."""
        return ImageFacts(*(getattr(self, field.name) for field in fields(ImageFacts)))
