"""Short names of published models that a CPU can run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShortName:
    """One published model.

    Attributes:
        name: what to write after ``onnx:``.
        repository: on the Hugging Face hub, with ONNX graphs in it.
        parameters: millions, image side and text side.
        accuracy: published top-1 accuracy on ImageNet without training, percent.
        licence: of the weights.
        why: what it is good for.
        folder: of the repository that the graphs are in; "" for the layout of transformers.js.
    """

    name: str
    repository: str
    parameters: tuple[float, float]
    accuracy: float
    licence: str
    why: str
    folder: str = ""

    @property
    def size(self) -> int:
        """About how many bytes both graphs have, in full precision."""
        return int(sum(self.parameters) * 4e6)


SHORT_NAMES = (
    ShortName(
        "clip", "yurijmikhalevich/rclip-models", (87.9, 63.4), 72.8, "MIT",
        "trained on DataComp; better than clip-b16 at less than half of the work",
        "ViT-B-32-256-datacomp_s34b_b86k",
    ),
    ShortName(
        "siglip2-base", "onnx-community/siglip2-base-patch16-224-ONNX", (92.9, 282.3), 78.2,
        "Apache-2.0",
        "the best of these; words in many languages; the text side is large but runs once a word",
    ),
    ShortName(
        "clip-b32", "Xenova/clip-vit-base-patch32", (87.8, 63.4), 63.2, "MIT",
        "what most published vectors were made with; clip is better for new ones",
    ),
    ShortName(
        "clip-b16", "Xenova/clip-vit-base-patch16", (86.2, 63.4), 68.6, "MIT",
        "finer than clip-b32 at four times the work; clip is better and faster",
    ),
    ShortName(
        "mobileclip-s0", "Xenova/mobileclip_s0", (11.4, 42.4), 67.8, "research only",
        "made for phones: about as good as clip-b16 and, its authors measured, 4.8 times faster",
    ),
    ShortName(
        "mobileclip-s2", "Xenova/mobileclip_s2", (35.7, 63.4), 74.4, "research only",
        "better than clip-b16 and, by its authors' table, twice as fast",
    ),
)  # fmt: skip
"""Accuracies are the authors' own: Gadre et al. 2023 (DataComp, at 256 pixels, by open_clip's
table), Radford et al. 2021 (CLIP; open_clip measured 68.3 for B/16),
the table of Tschannen et al. 2025 in google-research/big_vision (SigLIP 2), that of Vasu et al.
2024 on the models' pages (MobileCLIP). Parameters are those of open_clip's models. None of these
weights was run by likewise's own tests."""


def repository_of(model: str) -> str:
    """The repository that a short name stands for, or the name as it is.

    Example:
        >>> repository_of("clip-b32"), repository_of("me/mine")
        ('Xenova/clip-vit-base-patch32', 'me/mine')
    """
    return next((x.repository for x in SHORT_NAMES if x.name == model), model)


def short_name(name: str) -> ShortName | None:
    """The published model of that name or repository, or None."""
    return next((x for x in SHORT_NAMES if name in (x.name, x.repository)), None)
