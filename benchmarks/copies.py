"""Copies found: `likewise curate duplicates` beside imagededup and fastdup's published rule.

Run: python benchmarks/copies.py --data FOLDER_OF_CLASS_FOLDERS [--data ANOTHER] [--half 1]
[--peer-python ENVIRONMENT/bin/python] [--json OUT]. Of every folder one half of the photos is
taken, 120 of them with nine changed copies each, and as many lone ones; drawn forms, pages and
shirts are a set of their own. Parameters were chosen on half 0; figures are of half 1.

Needs nothing besides likewise. imagededup, which is never a dependency, is run by the interpreter
of another environment that has it; without `--peer-python` it is left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from _copies import COPIES, make_drawings, make_photos
from _needs import announce
from _records import Figure, publish

from likewise.curate.methods._duplicate_pairs import near_pairs
from likewise.curate.workspace import pool_of
from likewise.indexing.index import index
from likewise.workspace import Workspace

Pairs = set[tuple[str, str]]

_PEER = """
import json, sys, types
# torchvision's compiled operators may be of another build of torch; none is used here
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("operators"))
from imagededup import methods
answer = getattr(methods, sys.argv[1])(verbose=False).find_duplicates(image_dir=sys.argv[2])
print("ANSWER" + json.dumps(answer))
"""


def of_likewise(folder: Path) -> tuple[Pairs, dict[str, Pairs], float]:
    """Pairs by pixels, pairs by rules on raw vectors, and seconds of processor for the first."""
    index(folder, folder.with_suffix(".likewise"))
    with Workspace(folder.with_suffix(".likewise")) as place:
        pool = pool_of(place)
        pool.neighbours()
        start = time.process_time()
        found = near_pairs(pool, None, True)
        seconds = time.process_time() - start
        raw = place.collection.vectors(pool.ids)
    ids = pool.ids
    pairs = {
        pair(ids[one], ids[other])
        for one, other in zip(found.first.tolist(), found.second.tolist(), strict=True)
    }
    cosines = np.triu(raw @ raw.T, 1)
    rules = {}
    for name, least in (
        ("fastdup's rule (cosine .96) on the built-in vectors", 0.96),
        ("imagededup CNN's rule (cosine .9) on the built-in vectors", 0.9),
    ):
        lines, columns = np.nonzero(cosines >= least)
        rules[name] = {
            pair(ids[one], ids[other])
            for one, other in zip(lines.tolist(), columns.tolist(), strict=True)
        }
    return pairs, rules, seconds


def of_peer(python: Path, method: str, folder: Path) -> Pairs | str:
    """Pairs of a method of imagededup with its defaults, or why there are none."""
    command = [str(python), "-c", _PEER, method, str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    answers = [line for line in ran.stdout.splitlines() if line.startswith("ANSWER")]
    if not answers:
        return (ran.stderr.strip().splitlines() or ["no answer"])[-1]
    found = json.loads(answers[0].removeprefix("ANSWER"))
    return {pair(one, other) for one, others in found.items() for other in others}


def pair(one: str, other: str) -> tuple[str, str]:
    """The two in order."""
    return (one, other) if one < other else (other, one)


def judged(name: str, found: Pairs, groups: dict[str, str], setting: str) -> list[Figure]:
    """Precision of all pairs; recall of pairs of a picture and its copy, by kind.

    Pairs of a grey copy and a variant in another colour are left out: no pixel tells of which of
    them it is a copy.
    """
    unclear = {one for one in found if "=grey" in "".join(one) and _is_variant(*one, groups)}
    counted = found - unclear
    right = sum(groups[one] == groups[other] for one, other in counted)
    members: dict[str, list[str]] = defaultdict(list)
    for item, group in groups.items():
        members[group].append(item)
    hits: dict[str, list[bool]] = defaultdict(list)
    for group, items in members.items():
        for item in items:
            if "=" in item:
                hit = pair(f"{group}.png", item) in found
                hits[item.rpartition("=")[2].removesuffix(".jpg")].append(hit)
    recall = np.mean([hit for several in hits.values() for hit in several])
    named = {kind.replace(" ", "").replace("%", ""): kind for kind in COPIES}
    return [
        Figure(f"{name}: precision", right / max(1, len(counted)), "", ">= .98", setting),
        Figure(f"{name}: recall", float(recall), "", ">= .95", setting),
        *(
            Figure(f"{name}: recall, {named[kind]}", float(np.mean(several)), "", "", setting)
            for kind, several in hits.items()
        ),
        Figure(f"{name}: unclear pairs left out", len(unclear), "pairs", "", setting),
    ]


def _is_variant(one: str, other: str, groups: dict[str, str]) -> bool:
    """Whether two are of one photo or one shape, in different colours."""
    of = [groups[item].rpartition("-hue")[0] or groups[item] for item in (one, other)]
    shapes = [name.rpartition("-")[0] if name.startswith("shirt") else name for name in of]
    return groups[one] != groups[other] and shapes[0] == shapes[1]


def main() -> None:
    """Measure and publish."""
    announce()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, action="append", default=[], help="class folders")
    parser.add_argument("--half", type=int, default=1, choices=(0, 1), help="of the photos")
    parser.add_argument("--count", type=int, default=120, help="photos with copies")
    parser.add_argument("--drawings", type=int, default=24, help="drawn forms with copies")
    parser.add_argument("--peer-python", type=Path, help="interpreter that has imagededup")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    options = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        sets = {}
        for data in options.data:
            photos = sorted(
                path for path in data.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png")
            )
            folder = Path(scratch, data.name)
            sets[folder] = make_photos(photos, folder, options.count, options.half)
        folder = Path(scratch, "drawn")
        sets[folder] = make_drawings(folder, options.half, options.drawings)
        for folder, groups in sets.items():
            setting = f"{folder.name}, {len(groups)} pictures, half {options.half}"
            pairs, rules, seconds = of_likewise(folder)
            figures += judged("likewise", pairs, groups, setting)
            figures.append(
                Figure("likewise: pairs compared", seconds, "s of processor", "", setting)
            )
            for name, found in rules.items():
                figures += judged(name, found, groups, setting)
            for method in ("PHash", "CNN") if options.peer_python else ():
                answer = of_peer(options.peer_python, method, folder)
                if isinstance(answer, str):
                    print(f"imagededup {method} is left out: {answer}")
                else:
                    figures += judged(f"imagededup {method}", answer, groups, setting)
    publish(figures, options.json)


if __name__ == "__main__":
    main()
