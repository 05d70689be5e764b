from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Run
from encoder_makers import need


@pytest.fixture
def home(drawn: Path) -> Path:
    """Pictures that a split can part."""
    return drawn


def test_a_projection_from_folders_to_a_search(run: Run, home: Path) -> None:
    planned = run("finetune", "--folders", "--projection", "--name", "shapes", "--dry-run")
    assert planned.code == 0, planned.err
    assert "stripes" in planned.err
    assert not (home / "shapes.likewise" / "encoders").exists()
    plan = json.loads(
        run("finetune", "--folders", "--projection", "--name", "x", "--dry-run", "--json").out
    )
    assert plan["counts"]["disc"]["train"] > 0
    said = run("finetune", "--folders", "--projection", "--name", "shapes", "--set", "columns=8")
    assert said.code == 0, said.err
    assert "search by one image: average precision" in said.out
    assert "next: likewise reindex --encoder projected:shapes" in said.out
    assert (
        "24 worked out from the old vectors" in run("reindex", "--encoder", "projected:shapes").out
    )
    assert run("search", "--like", "disc/00.png", "-k", 3).out.count("disc/") == 3
    assert "projected:shapes" in run("encoders", "list").out


def test_a_rule_on_a_projection_scores_new_images(run: Run, home: Path) -> None:
    run("finetune", "--folders", "--projection", "--name", "shapes", "--set", "columns=8")
    run("reindex", "--encoder", "projected:shapes")
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png")
    run("learn", "disc", "--out", "disc.rule")
    by_name = run("classify", "shapes/disc", "--rule", "disc", "-w", "shapes.likewise")
    assert by_name.code == 0, by_name.err
    by_file = run("classify", "shapes/disc", "--rule", "disc.rule", "-w", "shapes.likewise")
    assert by_file.out == by_name.out
    (home / "shapes.likewise").rename(home / "away")
    alone = run("classify", "shapes/disc", "--rule", "disc.rule")
    assert alone.code == 3
    assert "or name that workspace with --workspace" in alone.err


def test_mistakes_are_one_sentence(run: Run, home: Path) -> None:
    (home / "labels.csv").write_text("id,label\ndisc/00.png,disc\n")
    for arguments, told, code in (
        (("--name", "x", "--projection"), "nothing says what is labelled", 2),
        (("--name", "x", "--projection", "--labels", "labels.csv"), "one class, 'disc'", 2),
        (("--name", "x", "--projection", "--labels", "none.csv"), "cannot be read", 3),
        (("--name", "../x", "--projection", "--folders"), "cannot name an encoder", 2),
        (("--name", "x", "--projection", "--folders", "--set", "speed=3"), "no option 'speed'", 2),
        (("--name", "x", "--projection", "--folders", "--set", "columns=a"), "such as 128", 2),
        (("--name", "x", "--projection", "--folders", "--val", "0.9"), "leave nothing to learn", 2),
        (("--name", "x", "--projection", "--folders", "--epochs", "3"), "--epochs is of a net", 2),
        (("--name", "x", "--folders", "--epochs", "0"), "epochs is 0", 2),
        (("--name", "x", "--folders", "--set", "spread=1"), "no option 'spread'", 2),
        (("--name", "x", "--labels", "labels.csv"), "one class, 'disc'", 2),
    ):
        said = run("finetune", *arguments)
        assert said.code == code, said.err
        assert told in said.err
        assert "Traceback" not in said.err


def test_a_network_from_folders_to_a_search(run: Run, home: Path) -> None:
    need("torch", "timm")
    from tiny_networks import save

    network = save(home / "tiny")
    options = ("--folders", "--name", "mine", "--encoder", network, "--set", "views=1")
    many = run("finetune", *options, "--unfreeze", "99")
    assert many.code == 2
    assert "--unfreeze is 99 and test_efficientnet has" in many.err
    said = run("finetune", *options, "--unfreeze", 1, "--epochs", 2)
    assert said.code == 0, said.err
    assert "epoch 2 of 2: loss" in said.err
    for what in ("as it was", "projected", "fine-tuned"):
        assert f"{what:<10}  linear head: accuracy" in said.out
    assert "next: likewise reindex --encoder finetuned:mine" in said.out
    assert "finetuned:mine" in run("encoders", "list").out
    again = run("finetune", *options, "--unfreeze", 1, "--epochs", 2, "--json")
    assert json.loads(again.out)["encoder"] == "finetuned:mine"
    other = run("finetune", *options, "--unfreeze", 2, "--epochs", 2)
    assert other.code == 2
    assert "give this one another name" in other.err
    assert "24 encoded" in run("reindex", "--encoder", "finetuned:mine").out
    assert run("search", "--like", "disc/00.png", "-k", 3).code == 0
