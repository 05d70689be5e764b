"""Short names of published models that a CPU can run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShortName:
    """One published model.

    Attributes:
        name: what to write after ``onnx:``.
        repository: on the Hugging Face hub, with ONNX graphs in it; "" where no repository with
            graphs, tokenizer and settings is known.
        parameters: millions, image side and text side; the second is 0 where it reads no words.
        accuracy: published top-1 accuracy on ImageNet without training, percent; None for a model
            that reads no words.
        licence: of the weights.
        why: what it is good for.
        folder: of the repository that the graphs are in; "" for the layout of transformers.js.
        dim: columns of its vectors.
        gflops: billions of floating-point operations for one image, where a multiplication and an
            addition count two; None where nothing is published.
        better: the short name to take for new vectors instead; "" where there is none.
        with_torch: the name to open it by where `repository` is "".
    """

    name: str
    repository: str
    parameters: tuple[float, float]
    accuracy: float | None
    licence: str
    why: str
    folder: str = ""
    dim: int = 512
    gflops: float | None = None
    better: str = ""
    with_torch: str = ""

    @property
    def size(self) -> int:
        """About how many bytes both graphs have, in full precision."""
        return int(sum(self.parameters) * 4e6)


SHORT_NAMES = (
    ShortName(
        "clip", "yurijmikhalevich/rclip-models", (87.9, 63.4), 72.8, "MIT",
        "little work for an image, a small text side; trained on DataComp",
        "ViT-B-32-256-datacomp_s34b_b86k", 512, 11.5,
    ),
    ShortName(
        "siglip2-small", "onnx-community/siglip2-base-patch32-256-ONNX", (94.6, 282.3), 74.0,
        "Apache-2.0", "as fast as clip; words in many languages; a large text side",
        "", 768, 11.5,
    ),
    ShortName(
        "siglip2-base", "onnx-community/siglip2-base-patch16-224-ONNX", (92.9, 282.3), 78.2,
        "Apache-2.0",
        "words in many languages; the text side is large but runs once a word", "", 768, 35.4,
    ),
    ShortName(
        "pe-base", "", (94, 310), 78.4, "Apache-2.0",
        "the best published accuracy of these", "", 1024, 35.6,
        with_torch="open_clip:PE-Core-B-16/meta",
    ),
    ShortName(
        "mobileclip2-s0", "plhery/mobileclip2-onnx", (11.4, 63.5), 71.5, "research only",
        "made for phones: the smallest image side", "onnx/s0",
    ),
    ShortName(
        "mobileclip2-s2", "plhery/mobileclip2-onnx", (35.7, 63.5), 77.2, "research only",
        "made for phones: nearly the accuracy of siglip2-base", "onnx/s2",
    ),
    ShortName(
        "dinov2-small", "onnx-community/dinov2-small-ONNX", (22.1, 0), None, "Apache-2.0",
        "reads no words; likeness of images to images", "", 384, 12.2,
    ),
    ShortName(
        "clip-b32", "Xenova/clip-vit-base-patch32", (87.8, 63.4), 63.2, "MIT",
        "what most published vectors were made with", "", 512, 8.8, "clip",
    ),
    ShortName(
        "clip-b16", "Xenova/clip-vit-base-patch16", (86.2, 63.4), 68.6, "MIT",
        "for vectors that were made with it", "", 512, 35.1, "clip",
    ),
    ShortName(
        "mobileclip-s0", "Xenova/mobileclip_s0", (11.4, 42.4), 67.8, "research only",
        "for vectors that were made with it", better="mobileclip2-s0",
    ),
    ShortName(
        "mobileclip-s2", "Xenova/mobileclip_s2", (35.7, 63.4), 74.4, "research only",
        "for vectors that were made with it", better="mobileclip2-s2",
    ),
)  # fmt: skip
"""Accuracies are the authors' own: Gadre et al. 2023 (DataComp, at 256 pixels, by open_clip's
table), Radford et al. 2021 (CLIP; open_clip measured 68.3 for B/16), Tschannen et al. 2025 (SigLIP
2), Bolya et al. 2025 (Perception Encoder), Vasu et al. 2024 and Faghri et al. 2025 (MobileCLIP and
MobileCLIP2). Parameters and operations of CLIP are those of open_clip's table. Operations of SigLIP
2, Perception Encoder and DINOv2 are counted by hand from their layers, at 256, 224, 224 and 224
pixels, which gives 35.40 for SigLIP B/16 where open_clip says 35.42. Sizes of MobileCLIP2
and DINOv2 are those of their files. None of these weights was run by likewise's own tests."""


def repository_of(model: str) -> str:
    """The repository that a short name stands for, or the name as it is.

    Example:
        >>> repository_of("clip-b32"), repository_of("me/mine")
        ('Xenova/clip-vit-base-patch32', 'me/mine')
    """
    return next((x.repository for x in SHORT_NAMES if x.name == model), model)


def short_name(name: str) -> ShortName | None:
    """The published model of that name or repository, or None.

    Of a repository that holds several models it is the first.

    Example:
        >>> short_name("Xenova/clip-vit-base-patch32").name
        'clip-b32'
    """
    of_name = (x for x in SHORT_NAMES if x.name == name)
    of_repository = (x for x in SHORT_NAMES if x.repository == name != "")
    return next(of_name, None) or next(of_repository, None)
