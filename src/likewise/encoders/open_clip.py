"""CLIP, SigLIP and their kin by open_clip: images and any words in one space."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors
from likewise.encoders._model_places import (
    Files,
    fetched_folder,
    is_repository,
    local_folder,
    models_folder,
)
from likewise.encoders._templates import encode_in_templates
from likewise.encoders._torch import first_line, need_torch, split_half
from likewise.encoders._torch_network import Network, TorchEncoder
from likewise.errors import BadInputError, CorruptError, NotFoundError

_WEIGHTS = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
)
_SMALL_FILES = ("open_clip_config.json", "tokenizer*", "special_tokens_map.json", "*.model")


def _complete(folder: Path) -> bool:
    has_weights = any((folder / name).is_file() for name in _WEIGHTS)
    return has_weights and (folder / "open_clip_config.json").is_file()


_FILES = Files(
    "open_clip_config.json and open_clip_model.safetensors",
    _complete,
    [[*_SMALL_FILES, name] for name in _WEIGHTS],
    "open-clip",
)


@dataclass(frozen=True)
class _Found:
    """A model with its weights.

    Attributes:
        name: by which it is found again.
        architecture: of the model, or the name of the folder.
        model: open_clip's.
        tokenizer: what open_clip's `get_tokenizer` is asked for.
    """

    name: str
    architecture: str
    model: Any
    tokenizer: str


class OpenClip(TorchEncoder):
    """CLIP, SigLIP, MobileCLIP and all of open_clip: images and any words.

    Args:
        which: ARCHITECTURE/TAG, such as "ViT-B-32/laion2b_s34b_b79k"; ARCHITECTURE/FILE with
            weights of your own; OWNER/NAME of an open_clip model on the Hugging Face hub; or a
            folder with open_clip_config.json and weights, or the name of one in $LIKEWISE_MODELS.
            "@half" computes in half precision.
        home: not used.

    Raises:
        MissingExtraError: open_clip is not installed.
        BadInputError: no or an unknown model or tag, or a device that is not here.
        NotFoundError: the weights are not on this machine and cannot be fetched.
        CorruptError: the weights cannot be read.
    """

    form = "open_clip:ARCHITECTURE/TAG, open_clip:ARCHITECTURE/FILE, or open_clip:FOLDER; @half"
    extra, libraries = "open-clip", ("torch", "open_clip")

    def __init__(self, which: str = "", home: Path | None = None) -> None:
        need_torch("the encoder 'open_clip'", self.extra, *self.libraries)
        from open_clip.transform import PreprocessCfg, image_transform_v2

        model, half = split_half(which)
        if not model:
            raise BadInputError(
                "'open_clip' needs to be told which model: open_clip:ViT-B-32/laion2b_s34b_b79k, "
                "open_clip:ARCHITECTURE/FILE or open_clip:FOLDER"
            )
        found = _found(model)
        self.name = f"open_clip:{found.name}{'@half' if half else ''}"
        self._found = found
        self._pixels = PreprocessCfg(**found.model.visual.preprocess_cfg)
        # The last two steps, to a tensor and normalised, are done on the device.
        self._steps = image_transform_v2(self._pixels, is_train=False).transforms[:-2]
        size = self._pixels.size
        shape = (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
        self.input_size = max(shape)
        self._network = Network(
            found.model,
            found.model.encode_image,
            shape=shape,
            mean=self._pixels.mean,
            std=self._pixels.std,
            half=half,
        )
        self.dim = self._network.dim
        # Models that were trained with SigLIP's loss have a bias, those with CLIP's have none.
        biased = getattr(found.model, "logit_bias", None) is not None
        self._kind = "siglip" if biased else "clip"
        self._tokenizer: Callable[[Sequence[str]], Any] | None = None

    @property
    def fingerprint(self) -> str:
        """Architecture, digests of weights and preprocessing, and precision."""
        architecture = re.sub(r"[^a-z0-9]+", "_", self._found.architecture.lower()).strip("_")[:40]
        return self._fingerprint("open_clip", architecture, asdict(self._pixels))

    def prepare(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut as the model's configuration says; uint8 of shape (height, width, 3)."""
        for step in self._steps:
            image = step(image)
        return np.asarray(image)

    def encode_text(self, phrases: Sequence[str]) -> Vectors:
        """Encode phrases to unit rows (n, dim); a short one is put into templates.

        Raises:
            BadInputError: an empty phrase.
            NotFoundError: the model's tokenizer is not on this machine and cannot be fetched.
        """
        if not phrases:
            return np.empty((0, self.dim), dtype=np.float32)
        return encode_in_templates(phrases, self._kind, self._encode_sentences)

    def _encode_sentences(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        if self._tokenizer is None:
            self._tokenizer = _tokenizer(self._found.tokenizer)
        tokens = self._tokenizer(sentences).numpy()
        return self._network.run(self._found.model.encode_text, tokens)


def _found(model: str) -> _Found:
    """The model of that name, with its weights read."""
    import open_clip

    local = local_folder(model, _FILES)
    if local is not None:
        return _of_folder(*local)
    architecture, _, weights = model.partition("/")
    if architecture in open_clip.list_models():
        return _of_architecture(architecture, weights)
    near = difflib.get_close_matches(architecture, open_clip.list_models(), n=3, cutoff=0.75)
    if is_repository(model) and not near:  # whose owner has no name like an architecture's
        return _of_folder(model, fetched_folder(model, model, _FILES))
    guess = f" (did you mean {' or '.join(near)}?)" if near else ""
    raise BadInputError(
        f"'{architecture}' is not an architecture that open_clip knows{guess}, nor a folder; "
        "open_clip.list_models() lists them"
    )


def _of_folder(name: str, folder: Path) -> _Found:
    if not _complete(folder):
        raise NotFoundError(f"{folder} has no {_FILES.description}, as open_clip saves them")
    source = f"local-dir:{folder}"
    return _Found(name, folder.name, _read(source, str(folder)), source)


def _of_architecture(architecture: str, weights: str) -> _Found:
    """One of open_clip's architectures with weights from a file, or from the hub by their tag."""
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

    tags = list_pretrained_tags_by_model(architecture)
    file = Path(weights).expanduser()
    if weights and file.is_file():
        usual = get_pretrained_cfg(architecture, tags[0]) if tags else {}
        name = f"{architecture}/{file.resolve()}"
        return _Found(name, architecture, _read(architecture, str(file), usual), architecture)
    if weights not in tags:
        what = f"no weights '{weights}'" if weights else "not been told which weights"
        available = ", ".join(f"{architecture}/{tag}" for tag in tags) or "none by name"
        raise BadInputError(
            f"open_clip has {what} for '{architecture}', and there is no such file; it knows: "
            f"{available}"
        )
    published = get_pretrained_cfg(architecture, weights)
    repository, _, file_name = published["hf_hub"].rpartition("/")
    names = (file_name,) if file_name else _WEIGHTS
    required = Files(
        " or ".join(names),
        lambda folder: any((folder / name).is_file() for name in names),
        [[*_SMALL_FILES, name] for name in names],
        "open-clip",
    )
    model = f"{architecture}/{weights}"
    folder = fetched_folder(model, repository, required, Path(repository).name)
    path = next(folder / name for name in names if (folder / name).is_file())
    return _Found(model, architecture, _read(architecture, str(path), published), architecture)


def _read(source: str, weights: str, published: dict[str, Any] | None = None) -> Any:
    """Build a model and read all of its weights, with the preprocessing that they came with."""
    import open_clip

    published = published or {}
    pixels = {x: published[x] for x in ("mean", "std", "interpolation", "resize_mode") if published}
    options = {"quick_gelu": True} if published.get("quick_gelu") else {}
    try:
        return open_clip.create_model(
            source,
            pretrained=None if source.startswith("local-dir:") else weights,
            force_preprocess_cfg=pixels,
            require_pretrained=True,
            **options,
        )
    except Exception as error:  # every format of weights has errors of its own
        raise CorruptError(
            f"{weights} cannot be read as a model of open_clip ({first_line(error)}); fetch or "
            "save it again"
        ) from error


def _tokenizer(source: str) -> Callable[[Sequence[str]], Any]:
    import open_clip

    try:
        found: Callable[[Sequence[str]], Any] = open_clip.get_tokenizer(source)
    except Exception as error:  # as above, and whatever the hub answers
        folder = source.removeprefix("local-dir:")
        model_folder = folder if folder != source else str(models_folder() / source)
        raise NotFoundError(
            f"the tokenizer of '{source}' is not on this machine and cannot be fetched "
            f"({first_line(error)}); put the model with its tokenizer.json and "
            f"tokenizer_config.json into {model_folder}, or give example images in place of words"
        ) from error
    return found
