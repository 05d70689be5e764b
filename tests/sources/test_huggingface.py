"""Hugging Face datasets and image folders, checked against the library."""

from __future__ import annotations

import io
from pathlib import Path
from unicodedata import normalize

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from source_makers import picture, write_table, written

from likewise.errors import BadInputError, CorruptError, LikewiseError
from likewise.images.decode import BadImageError, Limits
from likewise.sources.base import Item, Refused, Source, recognised
from likewise.sources.huggingface import Huggingface
from likewise.sources.image_folder import ImageFolder

FEATURES = datasets.Features({
    "image": datasets.Image(), "label": datasets.ClassLabel(names=["barn", "house"]),
    "caption": datasets.Value("string"), "vector": datasets.Sequence(datasets.Value("float32"), 8),
})  # fmt: skip


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def dataset(count: int, seed: int = 0) -> datasets.Dataset:
    rows = {
        "image": [{"bytes": picture(seed + n), "path": None} for n in range(count)],
        "label": [n % 3 - 1 for n in range(count)],  # -1 stands for none
        "caption": [f"no. {n}" for n in range(count)],
        "vector": [[0.5] * 8] * count,
    }
    return datasets.Dataset.from_dict(rows, features=FEATURES)


def split(source: Source) -> tuple[dict[str, Item], dict[str, str]]:
    found = list(source.items())
    taken = {entry.id: entry for entry in found if isinstance(entry, Item)}
    return taken, {entry.id: entry.reason for entry in found if isinstance(entry, Refused)}


def test_what_the_library_saved_comes_in_with_the_names_of_classes(tmp_path: Path) -> None:
    saved = str(tmp_path / "saved")
    dataset(5).save_to_disk(saved, num_shards=2)
    assert recognised(saved) == "huggingface"
    source = Huggingface(saved)
    taken, refused = split(source)
    assert not refused
    assert (list(taken), source.count()) == (["0", "1", "2", "3", "4"], 5)
    assert taken["4"].metadata == {"label": "barn", "caption": "no. 4"}
    assert taken["3"].metadata == {"caption": "no. 3"}
    for number, item in enumerate(taken.values()):
        assert source.read(item, Limits()) == picture(number)
    theirs = datasets.load_from_disk(saved)
    with Image.open(io.BytesIO(source.read(taken["2"], Limits()))) as ours:
        assert ours.tobytes() == theirs[2]["image"].tobytes()


def test_splits_are_part_of_the_ids(tmp_path: Path) -> None:
    both = datasets.DatasetDict({"train": dataset(3), "test": dataset(2, seed=10)})
    both.save_to_disk(str(tmp_path / "saved"))
    source = Huggingface(str(tmp_path / "saved"))
    taken, _ = split(source)
    assert list(taken) == ["train/0", "train/1", "train/2", "test/0", "test/1"]
    assert taken["test/1"].metadata["split"] == "test"
    assert source.read(taken["test/1"], Limits()) == picture(11)


@pytest.mark.parametrize("top", ["", "data"])
def test_parquet_with_images_in_it_is_read_as_the_hub_has_it(tmp_path: Path, top: str) -> None:
    folder = tmp_path / "set" / top
    folder.mkdir(parents=True)
    for shard in range(2):
        part = dataset(6).shard(2, shard, contiguous=True)
        part.to_parquet(str(folder / f"train-{shard:05d}-of-00002.parquet"), batch_size=2)
    dataset(2, seed=20).to_parquet(str(folder / "test-00000-of-00001.parquet"))
    what = str(tmp_path / "set")
    assert recognised(what) == "huggingface"
    assert recognised(str(folder / "test-00000-of-00001.parquet")) == "huggingface"
    source = Huggingface(what)
    taken, _ = split(source)
    assert list(taken)[:3] == ["test/0", "test/1", "train/0"]
    assert source.count() == len(taken) == 8
    assert taken["train/5"].metadata == {"split": "train", "label": "house", "caption": "no. 5"}
    for number in (5, 0, 3, 1, 4, 2, 5):  # in no order, over blocks and files
        assert source.read(taken[f"train/{number}"], Limits()) == picture(number)


def test_rows_without_an_image_and_rows_with_a_path_alone(tmp_path: Path) -> None:
    written(tmp_path, {"a.png": picture(3)})
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    images = pa.array([None, {"bytes": None, "path": "a.png"}, {"bytes": b"", "path": None}], kind)
    pq.write_table(pa.table({"image": images}), tmp_path / "x.parquet")
    source = Huggingface(str(tmp_path / "x.parquet"))
    taken, _ = split(source)
    assert source.read(taken["1"], Limits()) == picture(3)
    for name in ("0", "2"):
        with pytest.raises(BadImageError, match="no image"):
            source.read(taken[name], Limits())


def test_what_is_no_dataset_is_said(tmp_path: Path) -> None:
    dataset(2).save_to_disk(str(tmp_path / "saved"))
    with pytest.raises(BadInputError, match="no column 'photo'; its columns: image, label"):
        list(Huggingface(str(tmp_path / "saved"), image_column="photo").items())
    with pytest.raises(BadInputError, match="no column 'nr'"):
        list(Huggingface(str(tmp_path / "saved"), key_column="nr").items())
    (arrow,) = (tmp_path / "saved").glob("*.arrow")
    data = arrow.read_bytes()
    arrow.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptError, match="cannot be read"):
        list(Huggingface(str(tmp_path / "saved")).items())
    arrow.unlink()
    with pytest.raises(CorruptError, match="not whole"):
        list(Huggingface(str(tmp_path / "saved")).items())
    (tmp_path / "saved" / "state.json").write_text("{")
    with pytest.raises(LikewiseError, match=r"state\.json cannot be read"):
        list(Huggingface(str(tmp_path / "saved")).items())


# Image folders


def test_an_image_folder_says_what_the_library_says(tmp_path: Path) -> None:
    for part in ("train", "test"):
        files = {f"{part}/{n}.png": picture(n) for n in range(3)}
        written(tmp_path, files)
        rows = [{"file_name": f"{n}.png", "text": f"{part} {n}", "n": n} for n in range(3)]
        write_table(tmp_path / part / "metadata.jsonl", rows)
    assert recognised(str(tmp_path)) == "image_folder"
    taken, refused = split(ImageFolder(str(tmp_path)))
    assert not refused
    theirs = datasets.load_dataset("imagefolder", data_dir=str(tmp_path))
    for part in ("train", "test"):
        said = [(row["text"], row["n"]) for row in theirs[part]]
        ours = [taken[f"{part}/{n}.png"].metadata for n in range(3)]
        assert [(one["text"], one["n"]) for one in ours] == said


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_images_that_no_row_names_are_taken_and_rows_without_image_told(
    tmp_path: Path, ending: str
) -> None:
    written(tmp_path, {"a.png": picture(1), "x/b.png": picture(2), "x/c.png": picture(3)})
    rows = [{"file_name": "x/b.png", "label": "cat"}, {"file_name": "gone.png", "label": "dog"}]
    write_table(tmp_path / f"metadata.{ending}", rows)
    taken, refused = split(ImageFolder(str(tmp_path)))
    assert {name: dict(item.metadata) for name, item in taken.items()} == {
        "a.png": {"folder": ""}, "x/b.png": {"folder": "x", "label": "cat"},
        "x/c.png": {"folder": "x"},
    }  # fmt: skip
    assert list(refused) == ["gone.png"]


@pytest.mark.parametrize(
    "files",
    [
        ("plain_text/train-00000-of-00001.parquet", "plain_text/test-00000-of-00001.parquet"),
        ("default/train/0000.parquet", "default/test/0000.parquet"),
        ("data/train/part-0.parquet", "data/test/part-0.parquet"),
        ("train/0000.parquet", "test/0000.parquet"),
        ("data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"),
    ],
)
def test_parquet_of_the_hub_lies_in_folders(tmp_path: Path, files: tuple[str, str]) -> None:
    for number, name in enumerate(files):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        dataset(2, 2 * number).to_parquet(tmp_path / name)
    assert recognised(str(tmp_path)) == "huggingface"
    source = Huggingface(str(tmp_path))
    taken, _ = split(source)
    assert sorted(taken) == ["test/0", "test/1", "train/0", "train/1"]
    assert source.read(taken["test/1"], Limits()) == picture(3)


def test_several_configurations_are_named(tmp_path: Path) -> None:
    for name in ("de/train-00000-of-00001.parquet", "en/train-00000-of-00001.parquet"):
        (tmp_path / name).parent.mkdir()
        dataset(1).to_parquet(tmp_path / name)
    assert recognised(str(tmp_path)) == "huggingface"
    with pytest.raises(BadInputError, match=r"2 configurations of a dataset \(de, en\); index one"):
        list(Huggingface(str(tmp_path)).items())
    assert list(split(Huggingface(str(tmp_path / "en")))[0]) == ["train/0"]


def test_parquet_below_a_folder_that_has_some_is_counted(tmp_path: Path) -> None:
    for name in ("train.parquet", "other/test.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        dataset(1).to_parquet(tmp_path / name)
    source = Huggingface(str(tmp_path))
    assert list(split(source)[0]) == ["train/0"]
    assert "Parquet files of folders below (1)" in str(source.tally.summary())


@pytest.mark.parametrize("name", ["x\\b.png", "x/Ä.png"])
def test_names_of_windows_and_of_a_mac_mean_the_file(tmp_path: Path, name: str) -> None:
    there = normalize("NFD", name.replace("\\", "/"))
    written(tmp_path, {there: picture(1)})
    write_table(tmp_path / "metadata.csv", [{"file_name": normalize("NFC", name), "label": "cat"}])
    taken, refused = split(ImageFolder(str(tmp_path)))
    assert not refused
    assert taken[there].metadata["label"] == "cat"


def test_the_same_characters_come_before_the_same_text(tmp_path: Path) -> None:
    forms = [normalize(form, "Ä.png") for form in ("NFC", "NFD")]
    written(tmp_path, {name: picture(1) for name in forms})
    write_table(tmp_path / "metadata.csv", [{"file_name": forms[0], "label": "cat"}])
    taken, _ = split(ImageFolder(str(tmp_path)))
    assert [taken[name].metadata.get("label") for name in forms] == ["cat", None]


def test_metadata_lies_deep_and_several_rows_of_an_image_are_kept(tmp_path: Path) -> None:
    deep = "data/v1/train/imgs"
    written(tmp_path, {f"{deep}/a.png": picture(1)})
    rows = [{"file_name": "a.png", "text": text, "n": 1} for text in ("one", "two", "one")]
    write_table(tmp_path / deep / "metadata.jsonl", rows)
    assert recognised(str(tmp_path)) == "image_folder"
    taken, _ = split(ImageFolder(str(tmp_path)))
    assert taken[f"{deep}/a.png"].metadata == {"folder": deep, "text": ["one", "two"], "n": 1}


def test_a_metadata_file_of_another_program_below_is_counted(tmp_path: Path) -> None:
    written(tmp_path, {"a.png": picture(1), "export/metadata.csv": b"name,size\nx,1\n",
                       "other/metadata.parquet": b"no parquet"})  # fmt: skip
    source = ImageFolder(str(tmp_path))
    taken, refused = split(source)
    assert (list(taken), refused) == (["a.png"], {})
    assert "metadata files without a column 'file_name' (2)" in str(source.tally.summary())


def test_a_metadata_file_without_file_names_is_said(tmp_path: Path) -> None:
    written(tmp_path, {"a.png": picture(1), "metadata.csv": b"name,label\na.png,x\n"})
    with pytest.raises(BadInputError, match="no column 'file_name'"):
        list(ImageFolder(str(tmp_path)).items())
