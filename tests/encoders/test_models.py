"""Models from a local file server that stands for the hub, from folders and from ZIP files."""

from __future__ import annotations

import json
import shutil
import socket
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from local_hub import LocalHub, local_hub
from tiny_clip import photo, tiny_clip, write_pieces

from likewise.encoders._models import from_hub
from likewise.encoders._models.from_files import take
from likewise.encoders._models.from_hub import fetch, fetched, plan
from likewise.encoders._models.installed import RECORD, all_installed, installed, pack, remove
from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.errors import BadInputError, CorruptError, NotFoundError, StorageError

REPOSITORY = "onnx-community/siglip2-base-patch16-224-ONNX"
VISION = "onnx/vision_model.onnx"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "models"


@pytest.fixture
def hub(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    monkeypatch.setattr("likewise.encoders._models.transfer._PAUSE", 0)
    with local_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return tiny_clip(tmp_path / "export").folder


def published(hub: LocalHub, export: Path) -> str:
    """Publish the export with a licence and with files that nobody needs."""
    more = {
        "LICENSE": b"Use it.",
        "model.safetensors": b"x" * 1000,
        "onnx/vision_model_fp16.onnx": b"y",
    }
    return hub.publish(REPOSITORY, export, more)


def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_model_is_fetched_once_and_then_needs_no_network(
    hub: LocalHub, export: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = published(hub, export)
    with pytest.raises(NotFoundError, match="with: likewise encoders get siglip2-base"):
        open_encoder("siglip2-base")
    assert not hub.requests  # a short name is fetched by `encoders get` alone
    what = plan("siglip2-base")
    steps: list[tuple[int, int | None]] = []
    model = fetch(what, lambda done, total: steps.append((done, total)))
    needed = {*(str(x.relative_to(export)) for x in export.rglob("*") if x.is_file()), "LICENSE"}
    assert set(model.files) == needed
    assert what.size == sum((model.folder / path).stat().st_size for path in needed) == hub.sent
    assert steps[-1] == (what.size, what.size)
    assert steps == sorted(steps)
    assert (model.revision, model.licence, model.licence_file) == (
        revision,
        "Apache-2.0",
        "LICENSE",
    )
    assert [x.name for x in models.iterdir()] == ["siglip2-base"]
    no_sockets(monkeypatch)
    encoder = open_encoder("siglip2-base")
    other = open_encoder(f"onnx:{export}")
    np.testing.assert_array_equal(
        encode_images(encoder, [photo()]), encode_images(other, [photo()])
    )
    np.testing.assert_array_equal(encode_text(encoder, ["dog"]), encode_text(other, ["dog"]))
    assert fetched("siglip2-base") == model
    assert fetched("siglip2-base@fp16") is None


def test_a_proxy_of_the_environment_is_asked(
    hub: LocalHub, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub stands for the proxy; no name server knows the host that is fetched from."""
    published(hub, export)
    monkeypatch.setattr(urllib.request, "_opener", None)  # it remembers the environment
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("http_proxy", hub.address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    fetch(plan("siglip2-base"))
    assert fetched("siglip2-base") is not None
    monkeypatch.setattr(urllib.request, "_opener", None)
    monkeypatch.setenv("no_proxy", "hub.invalid")
    with pytest.raises(NotFoundError, match=r"hub.invalid cannot be reached"):
        plan("siglip2-base@fp16")


def test_a_download_that_is_cut_goes_on_where_it_ended(hub: LocalHub, export: Path) -> None:
    published(hub, export)
    hub.cut = {VISION: 1000, "tokenizer.json": 10}
    model = fetch(plan("siglip2-base"))
    assert any(request.endswith("bytes=1000-") for request in hub.requests)
    assert hub.sent == plan("siglip2-base").size
    model.check(model.folder)


def test_a_run_that_was_stopped_goes_on_at_its_revision(
    hub: LocalHub, export: Path, tmp_path: Path
) -> None:
    first = published(hub, export)
    stop = iter(range(3))

    def stopped(_done: int, _total: int | None) -> None:
        if next(stop, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(plan("siglip2-base"), stopped)
    assert installed("siglip2-base") is None
    newer = tiny_clip(tmp_path / "newer", seed=1).folder
    second = published(hub, newer)
    before = hub.sent
    what = plan("siglip2-base")
    assert what.listing.revision == first != second
    model = fetch(what)
    assert model.revision == first
    assert before < hub.sent == what.size  # nothing came twice


def test_a_revision_that_is_gone_is_fetched_anew(
    hub: LocalHub, export: Path, tmp_path: Path
) -> None:
    first = published(hub, export)
    stop = iter(range(3))

    def stopped(_done: int, _total: int | None) -> None:
        if next(stop, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(plan("siglip2-base"), stopped)
    second = published(hub, tiny_clip(tmp_path / "newer", seed=1).folder)
    hub.forget(REPOSITORY, first)
    model = fetch(plan("siglip2-base"))
    assert model.revision == second
    model.check(model.folder)


def test_a_server_without_ranges_sends_the_file_again(hub: LocalHub, export: Path) -> None:
    published(hub, export)
    hub.ignores_ranges = True
    hub.cut = {VISION: 1000}
    model = fetch(plan("siglip2-base"))
    model.check(model.folder)
    assert hub.sent == plan("siglip2-base").size + 1000


@pytest.mark.parametrize("path", [VISION, "config.json"])
def test_a_file_that_is_not_the_listed_one_is_refused(
    hub: LocalHub, export: Path, models: Path, path: str
) -> None:
    published(hub, export)
    hub.spoil(REPOSITORY, path)
    with pytest.raises(CorruptError, match=f"{path} came with the digest .* the hub lists"):
        fetch(plan("siglip2-base"))
    assert installed("siglip2-base") is None
    assert not list(models.rglob(f"{Path(path).name}*"))


def test_recorded_digests_pin_revision_and_content(
    hub: LocalHub, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published(hub, export)
    model = fetch(plan("siglip2-base"))
    digests = tmp_path / "digests.json"
    recorded = {"siglip2-base": {"revision": first, "files": dict(model.files)}}
    digests.write_text(json.dumps(recorded))
    monkeypatch.setattr(from_hub, "_DIGESTS", digests)
    remove("siglip2-base")
    published(hub, tiny_clip(tmp_path / "newer", seed=1).folder)
    what = plan("siglip2-base")
    assert what.checked_by == "the digests that likewise has recorded"
    assert fetch(what).revision == first
    remove("siglip2-base")
    recorded["siglip2-base"]["files"][VISION] = "0" * 64  # type: ignore[index]
    digests.write_text(json.dumps(recorded))
    with pytest.raises(CorruptError, match="not the one recorded in likewise"):
        fetch(plan("siglip2-base"))
    hub.forget(REPOSITORY, first)
    with pytest.raises(NotFoundError, match="404"):
        plan("siglip2-base")


def test_a_hub_that_cannot_be_reached(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(NotFoundError, match=r"127.0.0.1:9 cannot be reached"):
        plan("siglip2-base")


def test_a_connection_that_always_ends_early(hub: LocalHub, export: Path) -> None:
    published(hub, export)

    class Always(dict[str, int]):
        def pop(self, key: str, default: object = None) -> int | None:  # type: ignore[override]
            return 0 if key == VISION else None

    hub.cut = Always()
    with pytest.raises(StorageError, match="run the same command again to go on"):
        fetch(plan("siglip2-base"))


def test_weights_for_research_only_ask_first(hub: LocalHub, export: Path) -> None:
    hub.publish("Xenova/mobileclip_s0", export)
    for name in ("mobileclip-s0", "onnx:Xenova/mobileclip_s0"):
        with pytest.raises(BadInputError, match="research only.*--accept-licence"):
            plan(name)
    assert not hub.requests
    model = fetch(plan("mobileclip-s0", accept_licence=True))
    note = (model.folder / model.licence_file).read_text()
    assert "research only" in note
    assert "Xenova/mobileclip_s0" in note


def test_a_repository_of_several_models(hub: LocalHub, export: Path, tmp_path: Path) -> None:
    repository = tmp_path / "several"
    for size, seed in (("s0", 1), ("s2", 2)):
        made = tiny_clip(tmp_path / size, seed=seed).folder
        shutil.copytree(made / "onnx", repository / "onnx" / size)
        for name in ("config.json", "preprocessor_config.json"):
            shutil.copy(made / name, repository / "onnx" / size / name)
        for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
            shutil.copy(made / name, repository / name)
    shutil.copytree(tmp_path / "s2" / "onnx", repository / "onnx", dirs_exist_ok=True)
    hub.publish("plhery/mobileclip2-onnx", repository)
    for size in ("s0", "s2"):
        model = fetch(plan(f"mobileclip2-{size}", accept_licence=True))
        assert {path for path in model.files if path.endswith(".onnx")} == {
            f"onnx/{size}/vision_model.onnx",
            f"onnx/{size}/text_model.onnx",
        }
    hub.requests.clear()
    for size in ("s0", "s2"):
        encoder, same = open_encoder(f"mobileclip2-{size}"), open_encoder(f"onnx:{tmp_path / size}")
        assert encoder.name == f"onnx:mobileclip2-{size}"
        np.testing.assert_array_equal(
            encode_images(encoder, [photo()]), encode_images(same, [photo()])
        )
        np.testing.assert_array_equal(encode_text(encoder, ["dog"]), encode_text(same, ["dog"]))
    assert not hub.requests
    taken = take(str(repository), "mobileclip2-s2", accept_licence=True)
    assert "onnx/s2/vision_model.onnx" in taken.files
    assert "onnx/s0/vision_model.onnx" not in taken.files


def test_a_model_of_images_alone(hub: LocalHub, export: Path, tmp_path: Path) -> None:
    repository = tmp_path / "alone"
    (repository / "onnx").mkdir(parents=True)
    shutil.copy(export / "onnx" / "vision_model.onnx", repository / "onnx" / "model.onnx")
    shutil.copy(export / "preprocessor_config.json", repository / "preprocessor_config.json")
    hub.publish("onnx-community/dinov2-small-ONNX", repository)
    fetch(plan("dinov2-small"))
    encoder = open_encoder("dinov2-small")
    other = open_encoder(f"onnx:{export}")
    np.testing.assert_array_equal(
        encode_images(encoder, [photo()]), encode_images(other, [photo()])
    )
    with pytest.raises(BadInputError, match="reads images only"):
        encode_text(encoder, ["dog"])


def test_a_model_without_an_export_names_the_way_with_torch(
    hub: LocalHub, export: Path, models: Path
) -> None:
    for look in (plan, open_encoder):
        with pytest.raises(NotFoundError, match=r"--encoder open_clip:PE-Core-B-16/meta"):
            look("pe-base")
    assert not hub.requests
    shutil.copytree(export, models / "pe-base")
    assert open_encoder("pe-base").name == "onnx:pe-base"


def test_a_repository_of_anybody(hub: LocalHub, export: Path) -> None:
    hub.publish("me/mine", export)
    assert fetch(plan("onnx:me/mine")).name == "mine"
    assert open_encoder("onnx:me/mine").name == "onnx:mine"
    hub.publish("me/torch", export.parent, {})
    with pytest.raises(NotFoundError, match="has no vision_model.onnx"):
        plan("me/torch")
    with pytest.raises(BadInputError, match="neither a short name"):
        plan("nothing")


def test_names_of_files_that_lead_elsewhere_are_refused(hub: LocalHub, export: Path) -> None:
    hub.publish("me/mine", export, {"onnx/../../vision_model.onnx": b"x"})
    with pytest.raises(CorruptError, match="does not answer with a list of files"):
        plan("me/mine")


def test_a_packed_model_is_taken_on_another_machine(
    hub: LocalHub, export: Path, tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(hub, export)
    model = fetch(plan("siglip2-base"))
    archive = tmp_path / "siglip2-base.zip"
    pack("siglip2-base", archive)
    assert remove("siglip2-base") > 0
    assert all_installed() == []
    hub.publish("zip/zip", tmp_path / "none", {"a.zip": archive.read_bytes()})
    url = f"{hub.address}/zip/zip/resolve/{hub.listing('zip/zip', 'main')['sha']}/a.zip"  # type: ignore[index]
    taken = take(url, "siglip2-base")
    assert taken.source == url
    assert dict(taken.files) == dict(model.files)
    remove("siglip2-base")
    no_sockets(monkeypatch)
    assert take(str(archive), "").folder == model.folder
    assert open_encoder("siglip2-base").dim
    assert [x.name for x in models.iterdir()] == ["siglip2-base"]
    with pytest.raises(BadInputError, match="holds the model 'siglip2-base', not 'clip-b32'"):
        take(str(archive), "clip-b32")


def test_a_folder_is_taken_with_the_digests_it_has(
    export: Path, models: Path, tmp_path: Path
) -> None:
    model = take(str(export), "siglip2-base")
    assert open_encoder("siglip2-base").dim
    assert model.revision == "unknown"
    model.check(model.folder)
    again = tmp_path / "again"
    shutil.copytree(model.folder, again)
    (again / VISION).write_bytes(b"other")
    with pytest.raises(CorruptError, match="not the file that was recorded"):
        take(str(again), "siglip2-base")
    with pytest.raises(BadInputError, match="does not say which model"):
        take(str(export), "")
    with pytest.raises(NotFoundError, match="there is no file"):
        take(str(tmp_path / "nothing"), "siglip2-base")
    assert [x.name for x in models.iterdir()] == ["siglip2-base"]


def test_zip_files_of_strangers(models: Path, tmp_path: Path) -> None:
    record = {"name": "x", "repository": "a/b", "revision": "1", "licence": "MIT"}
    for number, files in enumerate(({"../evil": "0"}, {"/evil": "0"}, {"missing": "0"}, [])):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(RECORD, json.dumps({**record, "files": files}))
            archive.writestr("../evil", "x")
        with pytest.raises((BadInputError, CorruptError)):
            take(str(path), "")
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(BadInputError, match="not a ZIP file of a model"):
        take(str(tmp_path / "text.zip"), "")
    assert not list(tmp_path.parent.glob("evil"))
    assert not list(models.iterdir())


def test_what_was_not_fetched_cannot_be_removed(models: Path) -> None:
    (models / "mine").mkdir(parents=True)
    with pytest.raises(NotFoundError, match="was not fetched"):
        remove("mine")
    assert (models / "mine").is_dir()
    with pytest.raises(NotFoundError):
        remove("../models")


def test_a_second_variant_joins_the_first(hub: LocalHub, export: Path) -> None:
    shutil.copy(export / VISION, export / "onnx" / "vision_model_int8.onnx")
    shutil.copy(export / "onnx" / "text_model.onnx", export / "onnx" / "text_model_int8.onnx")
    published(hub, export)
    fetch(plan("siglip2-base"))
    model = fetch(plan("siglip2-base@int8"))
    assert {VISION, "onnx/vision_model_int8.onnx"} <= set(model.files)
    model.check(model.folder)
    assert open_encoder("siglip2-base@int8").dim


def test_words_of_an_older_tokenizer_come_with_the_model(
    hub: LocalHub, export: Path, tmp_path: Path
) -> None:
    (export / "tokenizer.json").unlink()
    write_pieces(export)
    hub.publish("me/bert", export)
    model = fetch(plan("me/bert"))
    words = ["as many letters as the graph has positions"]
    rows = encode_text(open_encoder("onnx:me/bert"), words)
    pack("bert", tmp_path / "bert.zip")
    remove("bert")
    assert take(str(tmp_path / "bert.zip"), "").files == model.files
    remove("bert")
    assert set(take(str(export), "me/bert").files) == set(model.files)
    np.testing.assert_array_equal(encode_text(open_encoder("onnx:me/bert"), words), rows)


@pytest.mark.parametrize("variant", ["", "int8"])
def test_what_is_fetched_of_other_layouts(
    hub: LocalHub, export: Path, models: Path, variant: str
) -> None:
    graph = (export / VISION).read_bytes()
    suffix = f"_{variant}" if variant else ""
    folder = "ViT-B-32-256-datacomp_s34b_b86k"
    rclip = {
        f"{folder}/visual{suffix}.onnx": graph,
        f"{folder}/textual{suffix}.onnx": graph,
        "tokenizer/bpe_simple_vocab_16e6.txt.gz": b"x",
        "LICENSE": b"x",
    }
    more = {"B-16/visual.onnx": graph, f"{folder}/visual.mlpackage/a": b"x"}
    hub.publish("yurijmikhalevich/rclip-models", export.parent / "none", {**rclip, **more})
    which = "clip@int8" if variant else "clip"
    assert {file.path for file in plan(which).listing.files} == set(rclip)
    immich = {
        "config.json": b"{}",
        f"visual/model{suffix}.onnx": graph,
        "visual/preprocess_cfg.json": b"{}",
        f"textual/model{suffix}.onnx": graph,
        "textual/tokenizer.json": b"{}",
        "textual/vocab.txt": b"x",
    }
    extra = {"visual/fp16/model.armnn": b"x", "README.md": b"x", "visual/model_fp16.onnx": b"x"}
    hub.publish("me/immich", export.parent / "none", {**immich, **extra})
    which = "me/immich@int8" if variant else "me/immich"
    assert {file.path for file in plan(which).listing.files} == {*immich, "README.md"}
