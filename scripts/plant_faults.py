"""Take each guard away in turn, and see the tests that watch it go red.

    python scripts/plant_faults.py            # all of them, in a copy of this tree
    python scripts/plant_faults.py --list

A test suite that stays green without a guard does not test it. The tree is copied, one line is
changed there, and the tests named beside it are run: they must fail. Exit code 1 when a fault was
not noticed, or when a line to be changed is not there any more.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = "src/likewise"
_PATIENCE = 600.0  # seconds


@dataclass(frozen=True)
class Fault:
    """One guard taken away.

    Attributes:
        what: the guard.
        file: below `SOURCE`.
        line: text that is there once.
        instead: what takes its place.
        tests: what must go red.
    """

    what: str
    file: str
    line: str
    instead: str
    tests: tuple[str, ...]


FAULTS = (
    Fault(
        "names that the server goes by", "server/guard.py",
        "if host not in self._hosts:", "if False:",
        ("tests/server/test_guard.py",),
    ),
    Fault(
        "pages of other sites", "server/guard.py",
        "if not ours.issuperset(origins) or not", "if False and not",
        ("tests/server/test_guard.py",),
    ),
    Fault(
        "the token", "server/guard.py",
        "if user is None and self._token is not None:", "if False:",
        ("tests/server/test_guard.py",),
    ),
    Fault(
        "the size of requests", "server/bodies.py",
        "        if size > cap:\n", "        if False:\n",
        ("tests/server/test_guard.py",),
    ),
    Fault(
        "the role that a route needs", "server/roles.py",
        "    if caller.may(required):\n", "    if True:\n",
        ("tests/server/test_roles.py",),
    ),
    Fault(
        "whose answers are taken back", "server/routes/review.py",
        "    if others:\n", "    if False:\n",
        ("tests/server/test_team.py",),
    ),
    Fault(
        "tokens of users", "workspace/users.py",
        "if hmac.compare_digest(user.token_sha256, digest):", "if True:",
        ("tests/workspace/test_users.py",),
    ),
    Fault(
        "a trail of every refusal", "server/audit_middleware.py",
        "if not changes and status != 403:", "if not changes:",
        ("tests/server/test_audit_middleware.py",),
    ),
    Fault(
        "how many pictures one person asks for", "server/limits.py",
        "        if wait:\n", "        if False:\n",
        ("tests/server/test_limits.py",),
    ),
    Fault(
        "pixels of an image", "images/decode/facts.py",
        "if megapixels > self.max_megapixels:", "if False:",
        ("tests/images/test_decode.py::test_the_caps_are_the_callers",),
    ),
    Fault(
        "regular files only", "images/decode/read.py",
        "if not stat.S_ISREG(status.st_mode):", "if False:",
        ("tests/images/test_decode.py",),
    ),
    Fault(
        "processor time of a decoder", "images/decode/child.py",
        'allow_seconds(request["seconds"])', "pass",
        ("tests/images/test_confined.py",),
    ),
    Fault(
        "calls that a decoder never makes", "images/decode/confinement.py",
        "_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050001",
        "_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x7FFF0000",
        ("tests/images/test_confined.py",),
    ),
    Fault(
        "the digest of learned files", "core/learned_file.py",
        'if entry["sha256"] != _digest(arrays, document):', "if False:",
        ("tests/core/test_rule_file.py",),
    ),
    Fault(
        "the digests in a backup", "maintenance/restore.py",
        "if _copied(archive, entry, target) != backup.files[entry.name]:",
        "if not _copied(archive, entry, target):",
        ("tests/maintenance/test_backups.py",),
    ),
    Fault(
        "names of members of a backup", "maintenance/restore.py",
        "if not _MEMBER.fullmatch(entry.name) or entry.name in found:", "if False:",
        ("tests/maintenance/test_backups.py",),
    ),
    Fault(
        "cells that a spreadsheet runs", "core/escaping.py",
        "if isinstance(value, str) and _NEEDS_MARK.match(value) else value", "if False else value",
        ("tests/export", "tests/cli/test_labels.py"),
    ),
    Fault(
        "the encoder's fingerprint", "workspace/__init__.py",
        "if encoder.fingerprint != self.fingerprint:", "if False:",
        ("tests/workspace/test_workspace.py",),
    ),
    Fault(
        "the canaries", "workspace/canaries.py",
        "if similarity < _LEAST_COSINE:", "if False:",
        ("tests/workspace/test_workspace.py",),
    ),
    Fault(
        "vectors that are no numbers", "core/vectors.py",
        "bad = ~np.isfinite(lengths) | (lengths <= _SMALLEST_LENGTH)",
        "bad = np.zeros(len(lengths), bool)",
        ("tests/search/store/test_store.py", "tests/encoders/test_encode_files.py"),
    ),
    Fault(
        "one writer", "workspace/lock.py",
        "lock.acquire()", "pass",
        ("tests/workspace/test_lock.py",),
    ),
    Fault(
        "an event that says another thing", "workspace/labels.py",
        "_check_same(connection, label, names[label.concept])", "pass",
        ("tests/workspace/test_labels.py",),
    ),
    Fault(
        "an answer and its picture", "concepts/evidence.py",
        "now.get(item) == digest if digest else item in existing", "item in existing",
        ("tests/concepts/test_evidence.py",),
    ),
    Fault(
        "an answer stays with a picture that moved", "concepts/evidence.py",
        "workspace.labels.about_pictures(concept.name)",
        "workspace.labels.current(concept.name).values()",
        ("tests/concepts/test_evidence.py",),
    ),
    Fault(
        "vectors on the disk before they are acknowledged", "core/files.py",
        "if flush(file):", "if True:",
        ("tests/search/store",),
    ),
    Fault(
        "answers on the disk before they are acknowledged", "workspace/database.py",
        '"PRAGMA synchronous=FULL"', '"PRAGMA synchronous=OFF"',
        ("tests/workspace",),
    ),
    Fault(
        "a folder that no export made", "export/writing.py",
        "if not (target / PROVENANCE).is_file():", "if False:",
        ("tests/cli/test_bad_input.py",),
    ),
    Fault(
        "conditions of one expression", "search/store/_condition.py",
        "    if why:\n", "    if False:\n",
        ("tests/search/store/test_condition.py",),
    ),
    Fault(
        "a damaged database is not copied over a good one", "workspace/backup.py",
        "if not is_sound(part):", "if False:",
        ("tests/workspace/test_backup.py",),
    ),
    Fault(
        "addresses of this network", "sources/_web.py",
        "if not is_public(address):", "if False:",
        ("tests/sources/test_web.py",),
    ),
    Fault(
        "schemes of URLs", "sources/_web.py",
        'if parts.scheme.lower() not in ("http", "https"):', "if False:",
        ("tests/sources/test_web.py",),
    ),
    Fault(
        "a name that is resolved once", "sources/_web.py",
        "socket.create_connection((address, port), timeout=left)",
        "socket.create_connection((host, port), timeout=left)",
        ("tests/sources/test_web.py",),
    ),
    Fault(
        "the time that a download takes", "sources/_web.py",
        "sock.shutdown(socket.SHUT_RDWR)", "pass",
        ("tests/sources/test_web.py",),
    ),
    Fault(
        "nothing is downloaded unasked", "sources/urls.py",
        "if not self.allow_urls:", "if False:",
        ("tests/sources/test_web.py",),
    ),
    Fault(
        "names that lead out of a zip", "sources/archive.py",
        "if not (is_safe(info.filename) and is_safe(name)):", "if False:",
        ("tests/sources/test_archives.py",),
    ),
    Fault(
        "names that lead out of a tar", "sources/_tar.py",
        "if not is_safe(name):", "if False:",
        ("tests/sources/test_archives.py",),
    ),
    Fault(
        "links in a tar", "sources/_tar.py",
        "if info.issym() or info.islnk():", "if False:",
        ("tests/sources/test_archives.py",),
    ),
    Fault(
        "the size of what a zip unpacks", "sources/archive.py",
        "limits.check_bytes(info.file_size)", "pass",
        ("tests/sources/test_archives.py",),
    ),
    Fault(
        "a tar that is another one now", "sources/_tar.py",
        "if os.fstat(file.fileno()).st_mtime_ns != item.modified:", "if False:",
        ("tests/sources/test_archives.py",),
    ),
    Fault(
        "a tar that stops in its middle", "sources/_tar.py",
        "if not _ends_at(path, tar.offset):", "if False:",
        ("tests/sources/test_archives.py",),
    ),
    Fault(
        "entities in XML", "sources/voc.py",
        'if b"<!DOCTYPE" in text or b"<!ENTITY" in text:', "if False:",
        ("tests/sources/test_annotated.py",),
    ),
    Fault(
        "objects in YAML", "sources/_yolo_description.py",
        "class _Loader(yaml.SafeLoader)", "class _Loader(yaml.UnsafeLoader)",
        ("tests/sources/test_annotated.py",),
    ),
    Fault(
        "object storage that refuses", "search/store/_bucket.py",
        "if any(mark in text for mark in _FORBIDDEN):", "if False:",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "a clock that object storage refuses", "search/store/_bucket.py",
        'if "RequestTimeTooSkewed" in text:', "if False:",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "a clock that a source refuses", "sources/object_storage.py",
        'if "RequestTimeTooSkewed" in str(error.__cause__):', "if False:",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "a broken connection is no damage", "search/store/_bucket.py",
        "if any(mark in text for mark in _DAMAGED) and not _is_outside(text):",
        "if any(mark in text for mark in _DAMAGED):",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "a fragment in a bucket that is half there", "search/store/_bucket.py",
        "if not self._opens(file.path):", "if False:",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "damage in a bucket", "search/store/_bucket.py",
        "return not all(map(self._opens, names)), 0", "return False, 0",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "one of two that begin in a bucket", "search/store/_bucket.py",
        "            return lance.write_dataset(\n",
        "            return None\n            return lance.write_dataset(\n",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "one of two drivers, before it commits", "search/store/_lance_write.py",
        "if dataset is not None and dataset.latest_version != dataset.version:", "if False:",
        ("tests/search/store/test_lance.py", "tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "one of two drivers, after it has committed", "search/store/_lance_write.py",
        "if head.version != version + 1:", "if False:",
        ("tests/search/store/test_lance.py", "tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "files that others have not committed yet", "search/store/_bucket.py",
        "    single_writer = False\n", "    single_writer = True\n",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "a bucket first, then the folder for it", "workspace/remote.py",
        "_attach(url, folder, _begun(url, encoder))",
        "folder.mkdir(parents=True)\n        _attach(url, folder, _begun(url, encoder))",
        ("tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "whose workspace it is", "workspace/remote.py",
        'if facts is None or facts["identity"] != self._identity:', "if facts is None:",
        ("tests/workspace/test_remote.py",),
    ),
    Fault(
        "addresses that a workspace stores ask for consent", "workspace/consent.py",
        "if not self.is_given(address):", "if False:",
        ("tests/cli/test_remote_consent.py",),
    ),
    Fault(
        "a machine with another likewise", "distribute/task.py",
        "if version != likewise.__version__:", "if False:",
        ("tests/distribute/test_local.py", "tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "a machine with another encoder", "distribute/task.py",
        "if encoder.fingerprint != fingerprint:", "if False:",
        ("tests/distribute/test_local.py", "tests/workspace/test_remote_faults.py",),
    ),
    Fault(
        "a neighbour graph of other rows", "search/graph/__init__.py",
        "return opened.contents == contents and", "return",
        ("tests/search/graph/test_graph.py",),
    ),
    Fault(
        "a half-made neighbour graph of other rows", "search/graph/build.py",
        'facts["key"] == self._key and', "",
        ("tests/search/graph/test_updates.py",),
    ),
)  # fmt: skip


def noticed(fault: Fault, tree: Path) -> bool:
    """Whether the tests go red without the guard; the tree is put back after."""
    path = tree / SOURCE / fault.file
    text = path.read_text()
    if text.count(fault.line) != 1:
        raise SystemExit(
            f"{fault.file} has '{fault.line}' {text.count(fault.line)} times, not once"
        )
    path.write_text(text.replace(fault.line, fault.instead))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *fault.tests]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    try:
        done = subprocess.run(
            command, cwd=tree, capture_output=True, env=environment, check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        return True  # a hang is no pass either
    finally:
        path.write_text(text)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the tests of '{fault.what}' could not be run:\n{done.stdout.decode()}")
    return done.returncode == 1


def main() -> int:
    """Plant every fault; answers 1 when one was not noticed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", help="Faults whose description holds this text.")
    options = parser.parse_args()
    chosen = [fault for fault in FAULTS if not options.only or options.only in fault.what]
    if options.list:
        sys.stdout.writelines(f"{fault.what}\n" for fault in chosen)
        return 0
    unnoticed = []
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in ("src", "tests", "docs", "benchmarks", "scripts", "examples"):
            shutil.copytree(ROOT / name, tree / name)
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
            shutil.copy(ROOT / name, tree / name)
        for fault in chosen:
            seen = noticed(fault, tree)
            unnoticed += [] if seen else [fault.what]
            sys.stdout.write(f"{'noticed ' if seen else 'NOT SEEN'}  {fault.what}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - len(unnoticed)} of {len(chosen)} faults were noticed\n")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
