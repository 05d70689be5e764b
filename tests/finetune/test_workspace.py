"""Real trainings of tiny networks, from labels to an encoder of the workspace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from encoder_makers import need
from waiting import wait_until

from likewise.encoders._network_file import open_network_file
from likewise.encoders.base import encode_images, open_encoder
from likewise.errors import BadInputError, BusyError, CorruptError
from likewise.finetune.examples import Examples, class_labels, examples_of
from likewise.finetune.settings import Settings, settings_from
from likewise.indexing.index import index
from likewise.indexing.reindexing import reindex
from likewise.workspace import Workspace

need("torch", "timm")

from tiny_networks import save  # noqa: E402 - after the skip

from likewise.finetune.workspace import Finetuned, finetune  # noqa: E402

_TESTS = Path(__file__).parent.parent
_RUN = """
import sys
import torchvision_without_operators
from pathlib import Path
from likewise.finetune.examples import class_labels, examples_of
from likewise.finetune.settings import Settings
from likewise.finetune.workspace import finetune
from likewise.workspace import Workspace

with Workspace(Path(sys.argv[1])) as place:
    settings = Settings(encoder=sys.argv[2], epochs=30, patience=30, views=2, rate=1e-3)
    finetune(place, examples_of(place, class_labels(place, folders=True)), "killed", settings)
"""


@pytest.fixture
def examples(workspace: Workspace) -> Examples:
    return examples_of(workspace, class_labels(workspace, folders=True))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save(tmp_path_factory.mktemp("network") / "m")


def vectors(workspace: Workspace, name: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    from PIL import Image

    folder = workspace.path.parent / "shapes"
    files = sorted(folder.rglob("*.png"))
    encoder = open_encoder(name, workspace.path)
    return encode_images(encoder, [Image.open(file).convert("RGB") for file in files])


def test_it_is_trained_judged_and_kept(workspace: Workspace, examples: Examples, tiny: str) -> None:
    how = Settings(encoder=tiny, epochs=6, patience=6, views=3, rate=1e-3)
    heard: list[int] = []
    seen: list[tuple[int, int | None]] = []
    made = finetune(
        workspace, examples, "mine", how,
        progress=lambda done, total: seen.append((done, total)),
        after_epoch=lambda epoch, _: heard.append(epoch),
    )  # fmt: skip
    assert heard == [0, 1, 2, 3, 4, 5, 6]
    assert seen[-1][0] <= (seen[-1][1] or 0)
    assert made.encoder == "finetuned:mine"
    assert not list((workspace.path / "encoders").glob("*.checkpoint"))
    about = made.network.provenance
    assert about["job"]["examples"] == examples.digest
    assert about["classes"] == ["disc", "square", "stripes"]
    assert len(about["history"]) == 7
    assert about["best_epoch"] > 0
    losses = [row["val_loss"] for row in about["history"]]
    assert losses[about["best_epoch"]] < 0.9 * losses[0]
    assert 0 <= made.after["head"]["accuracy"] <= 1
    frozen = finetune(workspace, examples, "other", replace(how, epochs=1, rate=0.0, views=1))
    assert frozen.before == made.before
    moved = np.abs(vectors(workspace, "finetuned:mine") - vectors(workspace, "finetuned:other"))
    assert moved.max() > 1e-3
    again = finetune(workspace, examples, "mine", how)  # it is there already
    assert again.network.fingerprint == made.network.fingerprint
    assert again.after == made.after
    with pytest.raises(BadInputError, match="another name with --name"):
        finetune(workspace, examples, "mine", replace(how, epochs=7))


def test_a_workspace_moves_to_it(workspace: Workspace, examples: Examples, tiny: str) -> None:
    finetune(workspace, examples, "mine", Settings(encoder=tiny, epochs=1, views=1))
    report = reindex(workspace.path, "finetuned:mine")
    assert (report.encoded, report.unreadable) == (24, ())
    with Workspace(workspace.path) as place:
        kept = place.collection.vectors(sorted(place.collection.ids()))
        assert place.encoder_name == "finetuned:mine"
    np.testing.assert_allclose(kept, vectors(workspace, "finetuned:mine"), atol=2e-3)


def test_the_part_test_teaches_nothing(workspace: Workspace, examples: Examples, tiny: str) -> None:
    labels = list(examples.labels)
    for place in examples.indices("test").tolist():
        labels[place] = examples.classes[(examples.class_indices[place] + 1) % 3]
    lied = Examples(examples.ids, tuple(labels), examples.parts)
    how = Settings(encoder=tiny, epochs=2, views=2, rate=1e-3)
    one = finetune(workspace, examples, "one", how)
    other = finetune(workspace, lied, "other", how)
    assert one.network.fingerprint == other.network.fingerprint


def test_without_a_gain_it_stops_and_keeps_the_best(
    workspace: Workspace, examples: Examples, tiny: str
) -> None:
    how = Settings(encoder=tiny, epochs=30, patience=2, views=1, rate=1.0, head_rate=1.0)
    about = finetune(workspace, examples, "mine", how).network.provenance
    assert len(about["history"]) - 1 == about["best_epoch"] + 2
    losses = [row["val_loss"] for row in about["history"]]
    assert losses[about["best_epoch"]] == min(losses)


def test_killed_it_goes_on_and_gives_the_same(
    workspace: Workspace, examples: Examples, tiny: str
) -> None:
    checkpoint = workspace.path / "encoders" / "killed.checkpoint"
    file = checkpoint.with_suffix(".network")
    code = [sys.executable, "-c", _RUN, str(workspace.path), tiny]
    paths = os.pathsep.join([str(_TESTS), *sys.path])
    with subprocess.Popen(code, env={**os.environ, "PYTHONPATH": paths}) as run:
        try:
            wait_until(checkpoint.exists, run)
        finally:
            run.send_signal(signal.SIGKILL)
    assert checkpoint.exists()
    assert not file.exists()
    how = Settings(encoder=tiny, epochs=30, patience=30, views=2, rate=1e-3)
    with pytest.raises(BadInputError, match=r"its epochs was 30 where 31 is given now.*delete"):
        finetune(workspace, examples, "killed", replace(how, epochs=31))
    resumed = finetune(workspace, examples, "killed", how)
    assert 1 <= resumed.resumed_after < 30
    assert not checkpoint.exists()
    unbroken = finetune(workspace, examples, "unbroken", how)
    assert unbroken.resumed_after == 0
    assert same(resumed, unbroken)
    assert resumed.network.provenance["best_epoch"] > 0
    np.testing.assert_allclose(
        vectors(workspace, resumed.encoder), vectors(workspace, unbroken.encoder), atol=1e-3
    )


def same(one: Finetuned, other: Finetuned) -> bool:
    a, b = one.network.provenance, other.network.provenance
    return len(a["history"]) == len(b["history"]) and np.allclose(
        [row["val_loss"] for row in a["history"]],
        [row["val_loss"] for row in b["history"]],
        atol=1e-2,
    )


def test_interrupted_it_goes_on_and_damage_is_told(
    workspace: Workspace, examples: Examples, tiny: str
) -> None:
    how = Settings(encoder=tiny, epochs=3, views=1)

    def interrupt(epoch: int, _: object) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(workspace, examples, "mine", how, after_epoch=interrupt)
    checkpoint = workspace.path / "encoders" / "mine.checkpoint"
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[:-7])
    with pytest.raises(CorruptError, match="to begin the fine-tuning again"):
        finetune(workspace, examples, "mine", how)
    checkpoint.write_bytes(whole)
    assert finetune(workspace, examples, "mine", how).resumed_after == 2


def test_an_image_that_is_gone_is_told(home: Path, tiny: str) -> None:
    with Workspace(home / "shapes.likewise") as place:
        made = examples_of(place, class_labels(place, folders=True))
        (home / "shapes" / "disc" / "00.png").unlink()
        with pytest.raises(BadInputError, match=r"'disc/00\.png' cannot be read .*its label out"):
            finetune(place, made, "mine", Settings(encoder=tiny))
    index(home / "shapes", home / "shapes.likewise")


def test_settings_out_of_bounds_are_told() -> None:
    with pytest.raises(BadInputError, match="epochs is 0; a whole number"):
        Settings(epochs=0)
    with pytest.raises(BadInputError, match="rate is nan; a number from 0 to 1"):
        Settings(rate=float("nan"))
    assert settings_from({"rate": 1, "views": 2}, epochs=3).views == 2
    with pytest.raises(BadInputError, match="no option 'speed'"):
        settings_from({"speed": 1})
    with pytest.raises(BadInputError, match="no option 'epochs'"):
        settings_from({"epochs": 1})
    with pytest.raises(BadInputError, match="'views' of fine-tuning is 1.5"):
        settings_from({"views": 1.5})


def test_a_kept_network_is_read_without_torch(
    workspace: Workspace, examples: Examples, tiny: str
) -> None:
    made = finetune(workspace, examples, "mine", Settings(encoder=tiny, epochs=1, views=1))
    kept = open_network_file(made.file)
    assert kept.fingerprint == made.network.fingerprint
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['timm'] = None\n"
        "from pathlib import Path; from PIL import Image\n"
        "from likewise.encoders.base import encode_images, open_encoder\n"
        "encoder = open_encoder('finetuned:mine', Path(sys.argv[1]))\n"
        "print(encode_images(encoder, [Image.new('RGB', (50, 40), 'red')]).shape)"
    )
    paths = os.pathsep.join(sys.path)
    ran = subprocess.run(
        [sys.executable, "-c", code, str(workspace.path)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert ran.stdout.strip() == f"(1, {kept.dim})"


def test_one_name_is_trained_once_at_a_time(
    workspace: Workspace, examples: Examples, tiny: str
) -> None:
    how = Settings(encoder=tiny, epochs=1, views=1)

    def begin_another(epoch: int, figures: object) -> None:
        with pytest.raises(BusyError, match=f"mine is being trained by process {os.getpid()} on"):
            finetune(workspace, examples, "mine", how)
        refused.append(epoch)

    refused: list[int] = []
    finetune(workspace, examples, "mine", how, after_epoch=begin_another)
    assert refused == [0, 1]
    finetune(workspace, examples, "mine", how)  # the name is free again, and its network is there
