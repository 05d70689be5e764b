"""XMP sidecars, by which photo programs see the labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from likewise.core.file_names import FileNames
from likewise.export.base import Dataset
from likewise.export.formats._images import image_id, write_complete

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="likewise">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/">
{parts}  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Xmp:
    """XMP sidecars with the labels as keywords, flat and in a tree: ``NAME.jpg.xmp``.

    Folders and names are those of the images, so that the tree can be copied onto theirs. An image
    with several labels, or with several parts, has one sidecar.

    Attributes:
        naming: "full" appends to the image's name, as darktable, digiKam and XnView read it; "stem"
            takes the place of its ending, as Lightroom and Bridge read it.
        root: the keyword above the labels; the dataset's name where it is empty.
    """

    naming: Literal["full", "stem"] = "full"
    root: str = ""

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        labels: dict[str, dict[str, None]] = {}
        for row in dataset.rows:
            labels.setdefault(image_id(row), {})[row.label] = None
        trees: dict[Path, FileNames] = {}
        for item, of_image in labels.items():
            home, name = self._location(item, folder, trees)
            stem = name.rpartition(".")[0] if self.naming == "stem" else ""
            home.mkdir(parents=True, exist_ok=True)
            content = packet(list(of_image), self.root or dataset.name).encode()
            target = home / f"{stem or name}.xmp"
            write_complete(target, partial(Path.write_bytes, data=content))

    def _location(self, item: str, folder: Path, trees: dict[Path, FileNames]) -> tuple[Path, str]:
        """The folder and the name of an image, as its id has them; names that meet get a mark."""
        stems = self.naming == "stem"
        *above, name = [part for part in item.split("/") if part not in ("", ".", "..")] or ["_"]
        home = folder
        for part in above:
            home /= trees.setdefault(home, FileNames())(part)
        return home, trees.setdefault(home / "*", FileNames(stems))(name)


def packet(labels: Sequence[str], root: str) -> str:
    """An XMP packet whose keywords are these labels, flat and in a tree below the root.

    Example:
        >>> "<rdf:li>machines|crane</rdf:li>" in packet(["crane"], "machines")
        True
    """
    parts = (
        ("dc:subject", "Bag", labels),
        ("lr:hierarchicalSubject", "Bag", [_path("|", root, label) for label in labels]),
        ("digiKam:TagsList", "Seq", [_path("/", root, label) for label in labels]),
    )
    return _PACKET.format(parts="".join(_list(*part) for part in parts))


def _list(name: str, kind: str, values: Sequence[str]) -> str:
    lines = "".join(f"     <rdf:li>{_text(value)}</rdf:li>\n" for value in values)
    return f"   <{name}>\n    <rdf:{kind}>\n{lines}    </rdf:{kind}>\n   </{name}>\n"


def _path(separator: str, *names: str) -> str:
    """Names from the root down; a separator inside of a name would make another level."""
    return separator.join(name.replace(separator, "-") for name in names)


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("", value))
