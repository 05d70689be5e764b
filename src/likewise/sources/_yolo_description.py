"""What a YOLO dataset's YAML says: names of classes, where the images are, and their parts."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from likewise.core.regular_files import read_text
from likewise.errors import BadInputError, CorruptError
from likewise.sources._allowed_folders import outside
from likewise.sources._summary import Tally

SPLITS = ("train", "val", "test")
LARGEST = 1 << 20  # bytes of a text of boxes or of a YAML
_LARGEST_LIST = 1 << 28  # bytes of a list of images
_CLASSES = ("classes.txt", "obj.names")


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses aliases: a few hundred bytes of them can stand for more than fits into memory."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(
                None, None, "it has aliases (*), write them out", mark
            )
        return super().compose_node(parent, index)


@dataclass(eq=False)
class Description:
    """A dataset as its YAML, or a list of names beside it, describes it.

    Attributes:
        folder: where the images are.
        names: of the classes by number.
        tops: the beginning of ids and the part that such images belong to, in order.
        listed: the part of images that lists name, by id.
        tally: what of it could not be understood.
    """

    folder: Path
    names: Mapping[int, str]
    tops: list[tuple[str, str]] = field(default_factory=list)
    listed: dict[str, str] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def split_of(self, image: str) -> str | None:
        """The part of the dataset that an image belongs to."""
        named = self.listed.get(image)
        return named or next((split for top, split in self.tops if image.startswith(top)), None)


def described(folder: Path, described_by: Path | None, allowed: tuple[str, ...]) -> Description:
    """Read the description of a dataset.

    Args:
        folder: the dataset's, or its YAML's.
        described_by: the YAML; None where there is none.
        allowed: folders that the YAML may lead to.

    Raises:
        BadInputError: it is no description, or leads to another folder.
        CorruptError: it is no YAML.
    """
    if described_by is None:
        text = first_of(folder, _CLASSES) or first_of(folder / "labels", _CLASSES)
        lines = [] if text is None else read_text(text, "replace").splitlines()
        return Description(folder, {number: line.strip() for number, line in enumerate(lines)})
    content = _read(described_by)
    names = _class_names(described_by, content.get("names", {}))
    parts = [(split, listed) for split in SPLITS for listed in _texts(content.get(split))]
    home = folder / _slashes(str(content.get("path") or ""))
    # A dataset that was moved has its images beside the YAML, whatever the YAML says.
    tops = [top for top in dict.fromkeys((folder, Path(os.path.normpath(home)))) if top.is_dir()]
    found = next(
        (top for top in tops if any(_part_at(top, listed) for _, listed in parts)), tops[-1]
    )
    why = outside(os.path.normpath(found), allowed)
    if why is not None:
        raise BadInputError(
            f"the images of {described_by} are in {found}, outside of its folder; if they are to "
            f"be read, say so with --allow-folder {shlex.quote(str(found))}"
        )
    description = Description(found, names)
    for split, listed in parts:
        part = _part_at(found, listed)
        if part is None:
            description.tally.omit("parts of the YAML that are not here", f"{split}: {listed}")
        elif part.is_dir():
            inside = os.path.relpath(part, found)
            description.tops.append(("" if inside == "." else f"{inside}/", split))
        else:
            _read_list(description, part, split)
    return description


def first_of(folder: Path, names: tuple[str, ...]) -> Path | None:
    """The first of some files that is in a folder."""
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise CorruptError(f"{path} is too large for a description of a dataset")
        content = yaml.load(read_text(path), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:160]
        raise CorruptError(f"{path} cannot be read as YAML ({why}); mend it") from error
    except OSError as error:
        raise BadInputError(f"{path} cannot be read ({error.strerror})") from error
    if not isinstance(content, dict):
        raise _no_description(path)
    return content


def _class_names(path: Path, names: Any) -> dict[int, str]:
    if not isinstance(names, dict | list):
        raise _no_description(path)
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    classes: dict[int, str] = {}
    for number, name in pairs:
        if not isinstance(name, str | int | float):
            raise _no_description(path)
        if str(number).strip().isdecimal():
            classes[int(str(number))] = str(name)
    return classes


def _no_description(path: Path) -> BadInputError:
    return BadInputError(
        f"{path} does not describe a YOLO dataset; one with 'names', a name for each class, is "
        "wanted"
    )


def _texts(value: Any) -> Iterator[str]:
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and text.strip():
            yield _slashes(text.strip())


def _slashes(path: str) -> str:
    return path.replace("\\", "/")


def _part_at(top: Path, relative: str) -> Path | None:
    """A folder or a list that the YAML names; Roboflow writes ``../`` before what is beside it."""
    near = relative
    while near.startswith("../"):
        near = near[3:]
    for name in (near, relative):
        path = Path(os.path.normpath(top / name))
        if path.is_relative_to(top) and (path.is_dir() or path.is_file()):
            return path
    return None


def _read_list(description: Description, path: Path, split: str) -> None:
    """Take the images that a list names, a line each, from its folder or the dataset's."""
    if path.stat().st_size > _LARGEST_LIST:
        description.tally.omit("lists of images that are too large", path.name)
        return
    for number, line in enumerate(read_text(path, "replace", _LARGEST_LIST).splitlines(), 1):
        name = _slashes(line.strip())
        if not name:
            continue
        tops = (path.parent, description.folder)
        paths = [Path(os.path.normpath(top / name)) for top in tops]
        own_images = [
            image for image in paths if image.is_relative_to(description.folder) and image.is_file()
        ]
        if own_images:
            description.listed.setdefault(
                own_images[0].relative_to(description.folder).as_posix(), split
            )
        else:
            description.tally.omit(
                "lines of lists that name no image of the dataset", f"line {number} of {path.name}"
            )
