"""What lies where an image file should: pipes, sockets, devices, links that go nowhere."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from bad_images import READ, Expected, encoded, picture

_NO_FILE = Expected(reason="not a regular file$")

_NO_TERMINAL = Expected(reason="not a regular file$|^cannot be read")

NOT_IN_A_RUN = frozenset({"vanished.png", "folder.png"})
"""What a walk over the folder does not come by as a file."""


def make_places(folder: Path) -> dict[str, Expected]:
    """Make one of each in `folder`; answers what must come of reading each, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    data = encoded(picture(), "PNG")
    expected = {}

    def place(name: str, outcome: Expected) -> Path:
        expected[name] = outcome
        return folder / name

    os.mkfifo(place("pipe.png", _NO_FILE))
    with socket.socket(socket.AF_UNIX) as server:  # its name stays when it is closed
        here = os.open(folder, os.O_RDONLY)  # the path of a socket may have 107 bytes only
        try:
            server.bind(f"/proc/self/fd/{here}/socket.png")
        finally:
            os.close(here)
    place("socket.png", Expected(reason=r"^cannot be read|^a socket, not a regular"))
    place("zeros.png", _NO_FILE).symlink_to("/dev/zero")
    place("nothing.png", _NO_FILE).symlink_to("/dev/null")
    place("terminal.png", _NO_TERMINAL).symlink_to("/dev/tty")
    loop = Expected(reason=r"\(Too many levels of symbolic links\)$")
    place("loop.png", loop).symlink_to("loop.png")
    place("there.png", loop).symlink_to("back.png")
    place("back.png", loop).symlink_to("there.png")
    gone = Expected(reason="^missing: the file is gone$|^a link to nothing$")
    place("lost.png", gone).symlink_to("nowhere.png")
    place("vanished.png", gone)
    place("folder.png", Expected(reason="^not a regular file$|Is a directory|^a link to")).mkdir()
    place("to-folder.png", expected["folder.png"]).symlink_to("folder.png")
    place("linked.png", READ).symlink_to("whole.png")
    place("whole.png", READ).write_bytes(data)
    os.link(folder / "whole.png", place("twice.png", READ))
    sparse = place("sparse.png", Expected(reason="^600 megabytes, above the cap of 512"))
    with sparse.open("wb") as file:
        file.truncate(600 * 2**20)
    hole = place("hole.png", Expected(reason="^not an image"))
    with hole.open("wb") as file:
        file.truncate(100_000)
    locked = place("locked.png", READ)
    locked.write_bytes(data)
    locked.chmod(0)
    if not os.access(locked, os.R_OK):  # root may read it all the same
        expected[locked.name] = Expected(reason=r"^cannot be read \(Permission denied\)$")
    return expected
