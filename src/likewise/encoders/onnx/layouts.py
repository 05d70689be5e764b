"""How the files of an exported model lie in its folder, by the program they were exported for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """Where one program has the graphs of a model.

    Attributes:
        program: whose layout it is.
        vision: paths of the graph that reads images; "{}" stands for "_int8" and the like.
        text: paths of the graph that reads words; a path may lead to a folder beside.
        required: a file that must be there as well, or "".
    """

    program: str
    vision: tuple[str, ...]
    text: tuple[str, ...]
    required: str = ""

    def graphs(self, folder: Path, variant: str) -> tuple[Path, Path | None] | None:
        """The vision graph in a folder, and the text graph if there is one; or None."""
        vision = _first(folder, self.vision, variant)
        if vision is None or not (folder / self.required).exists():
            return None
        return vision, _first(folder, self.text, variant)

    def variants(self, folder: Path) -> set[str]:
        """The variants that a folder has; "" is the one in full precision."""
        if not (folder / self.required).exists():
            return set()
        found = set()
        for path in self.vision:
            before, _, after = path.rpartition("/")[2].partition("{}")
            for file in (folder / path).parent.glob(f"{before}*{after}"):
                middle = file.name[len(before) : len(file.name) - len(after)]
                if not middle or middle.startswith("_"):
                    found.add(middle.removeprefix("_"))
        return found


LAYOUTS = (
    Layout(
        "transformers.js",
        ("onnx/vision_model{}.onnx", "vision_model{}.onnx"),
        ("onnx/text_model{}.onnx", "text_model{}.onnx"),
    ),
    Layout("Immich", ("visual/model{}.onnx",), ("textual/model{}.onnx",)),
    Layout("rclip", ("visual{}.onnx",), ("textual{}.onnx",)),
    Layout("fastembed", ("model{}.onnx",), ("{text}/model{}.onnx",), "preprocessor_config.json"),
    Layout(
        "transformers.js, of images alone", ("onnx/model{}.onnx",), (), "preprocessor_config.json"
    ),
)
"""In the order in which they are looked for. fastembed has a folder for images and one for words,
which differ in "vision" and "text" in their names."""


def model_folders(folder: Path) -> list[Path]:
    """A folder, and the one in it that has graphs, where a repository has one for each model."""
    found = sorted([*folder.glob("*/visual*.onnx"), *folder.glob("onnx/*/vision_model*.onnx")])
    inner = [path for path in found if path.is_file()]
    parents = list(dict.fromkeys(path.parent for path in inner))
    return [folder, *parents] if len(parents) == 1 else [folder]


def find_graphs(folder: Path, variant: str) -> tuple[Path, Path, Path | None] | None:
    """The folder that has a model's graphs, its vision graph and its text graph; or None."""
    for inner in model_folders(folder):
        for layout in LAYOUTS:
            graphs = layout.graphs(inner, variant)
            if graphs is not None:
                return inner, *graphs
    return None


def _first(folder: Path, paths: tuple[str, ...], variant: str) -> Path | None:
    suffix = f"_{variant}" if variant else ""
    beside = folder.name.replace("vision", "text")
    for path in paths:
        if path.startswith("{text}/"):
            if beside == folder.name:
                continue
            path = f"../{beside}/{path.removeprefix('{text}/')}"
        file = folder / path.replace("{}", suffix)
        if file.is_file():
            return file
    return None
