"""Models from a folder, a ZIP file that was packed elsewhere, or the URL of one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from likewise.core.progress import Progress
from likewise.encoders._models.installed import RECORD, Model, read_record, unpack
from likewise.encoders._models.placing import (
    LICENCE_NOTE,
    LICENCES,
    SETTINGS,
    check_licence,
    finish,
    part_folder,
)
from likewise.encoders._models.transfer import digest_of, download
from likewise.encoders._short_names import short_name
from likewise.encoders.onnx.files import MERGES, PIECES
from likewise.encoders.onnx.layouts import find_graphs
from likewise.errors import BadInputError, NotFoundError, command_line

_MERGES = (MERGES, f"*/{MERGES}")
_GRAPHS = (
    *("*.onnx*", "*/*.onnx*", "visual/*.json", "textual/*.json", f"textual/{PIECES}"),
    *_MERGES,
)


def take(
    source: str,
    which: str,
    accept_licence: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Model:
    """Bring a model from a folder, a ZIP file that `pack` made, or the URL of one.

    Args:
        source: a path, or a URL of http or https.
        which: the model that is expected; "" takes what the ZIP file holds.
        accept_licence: that the person accepts a licence for research only.
        progress: is told of bytes, for a URL.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: it holds no model, or another one.
        CorruptError: a file is not the one that was recorded.
    """
    name = which.removeprefix("onnx:").partition("@")[0]
    check_licence(short_name(name), accept_licence)
    part = part_folder(f"{Path(name).name or 'model'}-from-file")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, exist_ok=True)
    path = Path(source).expanduser()
    if source.startswith(("http://", "https://")):
        path = part.with_name(f"{part.name}.zip")
        download(source, path, received=lambda done: progress(done, None))
    try:
        if path.is_dir():
            model = _copied(path, name, part)
        elif path.is_file():
            model = unpack(path, part)
        else:
            raise NotFoundError(f"there is no file {source}; give a folder, a ZIP file or a URL")
        check_licence(short_name(model.name), accept_licence)
        if name and Path(name).name != model.name:
            raise BadInputError(f"{source} holds the model '{model.name}', not '{name}'")
        finished = finish(replace(model, source=source), part)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    finally:
        if path != Path(source).expanduser():
            path.unlink(missing_ok=True)
    return finished


def _copied(folder: Path, name: str, part: Path) -> Model:
    """Copy the files of a model from a folder."""
    if not name:
        command = command_line("encoders", "get", "NAME", "--from", folder)
        raise BadInputError(f"{folder} does not say which model it holds; name it: {command}")
    record = folder / RECORD
    short = short_name(name)
    inner = short.folder if short and (folder / short.folder).is_dir() else ""
    graphs = (f"{inner}/*.onnx*", f"{inner}/*.json", *_MERGES) if inner else _GRAPHS
    found = [
        str(file.relative_to(folder))
        for pattern in (*SETTINGS, *LICENCES, LICENCE_NOTE, "README.md", *graphs)
        for file in sorted(folder.glob(pattern))
        if file.is_file()
    ]
    if find_graphs(folder / inner, "") is None and not any(
        "vision_model_" in path for path in found
    ):
        raise NotFoundError(f"{folder} has no vision_model.onnx, nor has its folder onnx")
    for path in found:
        (part / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path, part / path)
    model = Model(
        Path(name).name,
        short.repository if short else name,
        "unknown",
        short.licence if short else "not known to likewise",
    )
    if record.is_file():
        model = read_record(record.read_bytes(), str(record))
        model.check(part)
    return replace(model, files={path: digest_of(part / path) for path in found})
