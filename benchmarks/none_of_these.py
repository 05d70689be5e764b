"""How often a few-shot classifier answers for its own classes, and refuses foreign images.

Three classes are drawn at random, each with a few references; the default method and coverage are
trained on them. Answered: the share of the other images of those classes that gets a class.
Refused: the share of images of all other classes that is "none of these".

    likewise index FOLDER_OF_CLASS_FOLDERS -w images.likewise
    python benchmarks/none_of_these.py images.likewise
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from _needs import announce

from likewise import Workspace
from likewise.classify.fewshot import Gathered, train_classifier
from likewise.core.classifier import NONE_OF_THESE
from likewise.core.references import References

LEAST_TESTED = 10


def main() -> None:
    """Draw classes, train, and print what is answered and refused."""
    announce()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("workspace", type=Path, help="Indexed from a folder of class folders.")
    parser.add_argument("--classes", type=int, default=3)
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--leave-out", nargs="*", default=["BACKGROUND_Google", "Faces_easy"],
                        help="Folders that are no class, or twice the same.")  # fmt: skip
    asked = parser.parse_args()
    if asked.classes < 2:
        raise SystemExit(f"--classes is {asked.classes}; 2 or more are needed")
    with Workspace(asked.workspace) as workspace:
        collection, rng = workspace.collection, random.Random(0)
        folders: dict[str, list[str]] = {}
        for item in collection.ids():
            folders.setdefault(item.partition("/")[0], []).append(item)
        for name in asked.leave_out:
            folders.pop(name, None)
        print("references a class | answered, mean (worst) | foreign refused, mean (worst)")
        for count in (6, 12, 20):
            large = [name for name in sorted(folders) if len(folders[name]) >= count + LEAST_TESTED]
            if len(large) < asked.classes:
                print(
                    f"{count} | left out: {len(large)} folders have {count + LEAST_TESTED} images, "
                    f"and {asked.classes} are needed"
                )
                continue
            answered, refused = [], []
            for _ in range(asked.draws):
                chosen = rng.sample(large, asked.classes)
                labels, own = {}, []
                for name in chosen:
                    items = rng.sample(folders[name], len(folders[name]))
                    labels.update(dict.fromkeys(items[:count], name))
                    own += items[count:]
                foreign = [item for name in folders if name not in chosen for item in folders[name]]
                ids = list(labels)
                references = References(
                    collection.vectors(ids), list(labels.values()), ids, encoder=collection.encoder
                )
                trained = train_classifier(Gathered(references, workspace.encoder_name, "drawn"))
                own_said = trained.predict(collection.vectors(own))
                foreign_said = trained.predict(collection.vectors(foreign))
                answered.append(float((own_said != NONE_OF_THESE).mean()))
                refused.append(float((foreign_said == NONE_OF_THESE).mean()))
            print(f"{count} | {_figures(answered)} | {_figures(refused)}")


def _figures(values: list[float]) -> str:
    return f"{sum(values) / len(values):.3f} ({min(values):.2f})"


if __name__ == "__main__":
    main()
