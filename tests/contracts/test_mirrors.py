"""What every mirror must do, on a real server of its kind where one can be had.

PostgreSQL with pgvector is a real server. Milvus Lite speaks the protocol of a cluster. Qdrant
runs in the client's own local mode, for no server of it comes as a package.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from likewise.core.addresses import shown
from likewise.core.rule import Rule
from likewise.core.space import Space, centred_space
from likewise.core.vectors import Vectors, unit
from likewise.encoders.precomputed import Precomputed
from likewise.errors import BadInputError, MismatchError, NotFoundError, StorageError
from likewise.export.databases.base import MirrorRows, open_mirror
from likewise.export.publish import default_name, publish
from likewise.export.remote_search import search_mirror
from likewise.registry import names, part
from likewise.workspace import Workspace
from likewise.workspace.item_states import ItemState

DIM = 16
HOSTILE = ["it's.jpg", 'a"b.jpg', "back\\slash.jpg", "né 日本.jpg", "'; DROP TABLE x; --.jpg"]


@pytest.fixture(params=names("mirrors"), scope="session")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a mirror can be made, in an empty place."""
    return address(kind, request, tmp_path)


@pytest.fixture(scope="session")
def published(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, str]]:
    """A workspace and where it was published to, for tests that only read."""
    folder = tmp_path_factory.mktemp("published")
    where = address(kind, request, folder)
    with Workspace.create(folder / "only_read.likewise", Precomputed(f"demo@{DIM}")) as place:
        add(place, 150)
        report = publish(place, where)
        assert (report.added, report.replaced, report.removed, report.unchanged) == (150, 0, 0, 0)
        yield place, where


def address(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "pgvector":
        import psycopg

        server = str(request.getfixturevalue("postgres_url"))
        with psycopg.connect(server) as connection:
            connection.execute("DROP TABLE IF EXISTS likewise_photos")
        return server
    for module in {"milvus": ("pymilvus", "milvus_lite"), "qdrant": ("qdrant_client",)}[kind]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"no {module}; install it with: pip install {module.replace('_', '-')}")
    return f"{kind}+file://{folder}/{kind}.db"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    encoder = Precomputed(f"demo@{DIM}")
    with Workspace.create(tmp_path / "photos.likewise", encoder) as place:
        add(place, 120)
        yield place


def vectors(rows: int, seed: int = 0) -> Vectors:
    random = np.random.default_rng(seed)
    return unit(random.standard_normal((rows, DIM)) + 2 * np.eye(DIM)[0])


def add(place: Workspace, rows: int, seed: int = 0, prefix: str = "") -> list[str]:
    ids = [f"{prefix}{n:03d}.jpg" for n in range(rows - len(HOSTILE))] + [
        prefix + name for name in HOSTILE
    ]
    random = np.random.default_rng(seed)
    widths = random.integers(1, 9, rows).tolist()
    cameras = ["Canon EOS", "Nikon", None, 'it\'s a "cam\\era"', "canon"]
    items = {
        "item_id": ids,
        "width": [None if n % 7 == 0 else x for n, x in enumerate(widths)],
        "bytes": random.integers(0, 1 << 40, rows).tolist(),
        "modified": [1_700_000_000_000_000_000 + n for n in range(rows)],
        "camera": [cameras[n % 5] for n in range(rows)],
        "folder": [f"f{n % 3}" for n in range(rows)],
        "taken_at": [None if n % 4 == 0 else f"2020-01-0{1 + n % 9}T12:00:00" for n in range(rows)],
        "metadata": [metadata(n) for n in range(rows)],
        "parent_id": [f"{n}.jpg" if n % 3 == 0 else None for n in range(rows)],
        "box": [[n, 0.5, 10, 10] if n % 3 == 0 else None for n in range(rows)],
    }
    place.collection.store.append(pa.table(items), vectors(rows, seed))
    place.collection.refresh()
    return ids


def metadata(n: int) -> str:
    """Keys of every type, each missing from some items."""
    keys = {
        "price": n * 0.5,
        "count": n,
        "sold": n % 3 == 0,
        "grade": "ABC"[n % 3],
        "base colour": ["red", "it's", None][n % 3],
        "width": f"w{n % 4}",
        "size": str(n % 12),
        "mixed": n if n % 4 == 0 else "x",
        "labels": ["red"],
    }
    some = {key: value for at, (key, value) in enumerate(keys.items()) if (n + at) % 5}
    return json.dumps({**some, **({"caption": "a\0b", "n": float("nan")} if n % 2 else {})})


def rule(place: Workspace, toward: int = 1, away: bool = False, space: Space | None = None) -> Rule:
    space = space or place.collection.space()
    random = np.random.default_rng(toward)
    rows = unit(random.standard_normal((toward, DIM)))
    against = unit(random.standard_normal(DIM)) if away else None
    return Rule("demo", space, rows, against, 0.5 if away else 0.0)


def agree(place: Workspace, url: str, asked: Rule, k: int = 20, where: str | None = None,
          exclude: Sequence[str] = ()) -> list[str]:  # fmt: skip
    """The mirror must answer what the collection does."""
    local = place.collection.search(asked, k, where, exclude)
    there, remarks = search_mirror(url, default_name(place), asked, k, where, exclude)
    assert there.ids == local.ids
    np.testing.assert_allclose(there.scores, local.scores, atol=2e-6)
    assert there.searched == local.searched
    return remarks


@pytest.mark.parametrize(("toward", "away"), [(1, False), (4, False), (3, True)])
def test_a_rule_answers_there_what_it_answers_here(
    published: tuple[Workspace, str], toward: int, away: bool
) -> None:
    workspace, url = published
    assert agree(workspace, url, rule(workspace, toward, away)) == []
    agree(workspace, url, rule(workspace, toward, away), k=300)
    agree(workspace, url, rule(workspace, toward, away), exclude=["001.jpg", *HOSTILE])


def test_a_rule_of_another_space_is_scored_exactly_and_says_so(
    published: tuple[Workspace, str],
) -> None:
    workspace, url = published
    other = centred_space(workspace.fingerprint, vectors(40, seed=9))
    assert "centred on different means" in agree(workspace, url, rule(workspace, 2, True, other))[0]
    projected = Space(workspace.fingerprint, other.mean, np.eye(DIM, 12, dtype=np.float32))
    turned = Rule("demo", projected, unit(np.random.default_rng(0).standard_normal((1, 12))))
    agree(workspace, url, turned)


CONDITIONS = [
    "width >= 5",
    "width != 5",
    "NOT (width < 3 OR width > 6)",
    "width IN (1, 3, 8) AND folder = 'f1'",
    "width NOT IN (1, 3) OR camera IS NULL",
    "NOT width BETWEEN 2 AND 5",
    "camera IS NOT NULL AND NOT camera = 'Nikon'",
    "camera = 'it''s a \"cam\\era\"'",
    "taken_at >= '2020-01-05'",
    "taken_at <= '2020-01-05' AND 4 < width",
    "item_id IN ('it''s.jpg', 'a\"b.jpg')",
]


@pytest.mark.parametrize("where", CONDITIONS)
def test_a_condition_means_there_what_it_means_here(
    published: tuple[Workspace, str], where: str
) -> None:
    workspace, url = published
    agree(workspace, url, rule(workspace), k=300, where=where)


@pytest.mark.parametrize(
    "where",
    ["camera LIKE 'Canon%'", "NOT camera LIKE '%n_k%'", "camera > 'D'",
     "modified > 1700000000000000007"],
)  # fmt: skip
def test_a_condition_that_not_all_know_is_exact_or_refused(
    published: tuple[Workspace, str], where: str
) -> None:
    workspace, url = published
    try:
        agree(workspace, url, rule(workspace), k=300, where=where)
    except BadInputError as error:
        assert url.startswith("qdrant")
        assert "cannot be run on Qdrant" in str(error)  # noqa: PT017 - the others must not raise


KEYS = [
    "price > 20.5",
    "price = 7 AND width IS NOT NULL",
    "NOT price BETWEEN 10 AND 30.5",
    "price NOT IN (1, 2.5, 3)",
    "count != 12",
    "12 >= count OR grade = 'A'",
    "metadata.count IN (1, 2, 3)",
    "sold = true",
    "sold != true",
    "grade <> 'A'",
    "grade IN ('A', 'C') AND NOT sold = false",
    '"base colour" IS NULL',
    '"base colour" IS NOT NULL AND NOT "base colour" = \'red\'',
    "`base colour` = 'it''s'",
    "metadata.width = 'w1' OR width = 3",
    "labels IS NULL",
]


@pytest.mark.parametrize("where", KEYS)
def test_a_key_of_the_metadata_is_a_field_of_one_type(
    published: tuple[Workspace, str], where: str
) -> None:
    workspace, url = published
    if url.startswith("milvus"):
        with pytest.raises(
            BadInputError, match="Milvus compares no keys of the metadata.*search without --on"
        ):
            search_mirror(url, default_name(workspace), rule(workspace), where=where)
    else:
        agree(workspace, url, rule(workspace), k=300, where=where)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("size > 5", "not every 'size' there is a number"),
        ("count = '5'", "not every 'count' there is a text"),
        ("grade LIKE 'A%'", "no LIKE"),
        ("grade > 'A'", "orders no texts"),
        ("labels = 'red'", "holds lists"),
    ],
)
def test_what_qdrant_would_read_differently_is_refused(
    published: tuple[Workspace, str], where: str, why: str
) -> None:
    workspace, url = published
    if url.startswith("qdrant"):
        with pytest.raises(BadInputError, match=f"cannot be run on Qdrant .*{why}"):
            search_mirror(url, default_name(workspace), rule(workspace), where=where)
    elif url.startswith("postgresql"):
        agree(workspace, url, rule(workspace), k=300, where=where)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("pirce > 5", "no item there has 'pirce' in its metadata"),
        ("mixed > 5", "not every 'mixed' there is a number"),
        ("grade = true", "not every 'grade' there is true or false"),
        ("count IN (1, 'a')", "differ in type"),
        ("width = true", "a whole number is wanted"),
    ],
)
def test_a_key_that_is_not_all_of_a_type_is_refused(
    published: tuple[Workspace, str], where: str, why: str
) -> None:
    workspace, url = published
    if not url.startswith("milvus"):
        with pytest.raises(BadInputError, match=why):
            search_mirror(url, default_name(workspace), rule(workspace), where=where)


@pytest.mark.parametrize(
    ("where", "why"),
    [("lower(camera) = 'x'", "'lower' is not one of the columns"), ("width >", "ends too early"),
     ("width > 'x'", "a whole number is wanted"), ("width > 4.5", "a whole number is wanted"),
     ("camera = 5", "a text in single quotes"),
     ("metadata = '{}'", "'metadata' is not one"), ("width > 1; DROP TABLE x", "'; DROP"),
     ("width > 1 width", "not expected"), ("camera LIKE 'a\\b'", "LIKE"), ("", "too early")],
)  # fmt: skip
def test_other_conditions_are_refused_by_what_is_wrong(
    published: tuple[Workspace, str], where: str, why: str
) -> None:
    workspace, url = published
    with pytest.raises(BadInputError, match=f"cannot be run on .*{why}"):
        search_mirror(url, default_name(workspace), rule(workspace), where=where)


def test_only_what_changed_is_sent_and_what_is_gone_goes(workspace: Workspace, url: str) -> None:
    publish(workspace, url)
    assert publish(workspace, url).unchanged == 120
    fresh = add(workspace, 20, seed=5, prefix="new/")
    workspace.collection.store.delete(["000.jpg", HOSTILE[0]])
    store = workspace.collection.store
    store.append(pa.table({"item_id": ["001.jpg"], "width": [77]}), vectors(1, seed=8))
    workspace.collection.refresh()
    workspace.states.update([ItemState("002.jpg", "missing", "gone")])
    trial = publish(workspace, url, dry_run=True)
    counts = (trial.added, trial.replaced, trial.removed, trial.unchanged)
    assert counts == (20, 1, 3, 116)
    done = publish(workspace, url)
    assert (done.added, done.replaced, done.removed, done.unchanged) == counts
    workspace.collection.refresh()
    agree(workspace, url, rule(workspace), k=400)
    there, _ = search_mirror(url, default_name(workspace), rule(workspace), 400)
    assert len(set(there.ids)) == len(there) == 137
    assert set(fresh) < set(there.ids)


def test_what_was_cut_off_goes_on(
    workspace: Workspace, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = part("mirrors", {"postgresql": "pgvector"}.get(url[:10], url[:6]))
    whole = kind.upsert
    sent: list[int] = []

    def cut(self: object, rows: MirrorRows) -> None:
        if sent:
            raise KeyboardInterrupt
        half = slice(0, 50)
        part_of = MirrorRows(rows.ids[half], rows.marks[half], rows.lengths[half],
                             rows.vectors[half], rows.facts[half])  # fmt: skip
        whole(self, part_of)
        sent.append(50)
        raise KeyboardInterrupt

    monkeypatch.setattr(kind, "upsert", cut)
    assert publish(workspace, url).interrupted
    monkeypatch.undo()
    _, remarks = search_mirror(url, default_name(workspace), rule(workspace))
    assert "not published to its end" in remarks[0]
    again = publish(workspace, url)
    assert (again.added, again.unchanged) == (70, 50)
    assert agree(workspace, url, rule(workspace)) == []


def test_a_dry_run_makes_nothing(workspace: Workspace, url: str) -> None:
    workspace.states.update([ItemState("001.jpg", "missing", "gone")])
    assert publish(workspace, url, dry_run=True).added == 119
    if "+file://" in url:
        assert not Path(url.partition("://")[2]).exists()
    with pytest.raises(NotFoundError, match="no mirror 'likewise_photos'.*likewise publish"):
        search_mirror(url, "likewise_photos", rule(workspace))


def test_another_workspace_or_encoder_is_refused(
    workspace: Workspace, url: str, tmp_path: Path
) -> None:
    publish(workspace, url)
    for number, encoder in enumerate((Precomputed(f"demo@{DIM}"), Precomputed(f"other@{DIM}"))):
        with Workspace.create(tmp_path / f"{number}" / "photos.likewise", encoder) as other:
            add(other, 10)
            with pytest.raises(MismatchError, match="--replace"):
                publish(other, url)
            if number:
                with pytest.raises(MismatchError, match="learned on vectors of"):
                    search_mirror(url, "likewise_photos", rule(other))
                assert publish(other, url, replace=True).added == 10
                agree(other, url, rule(other))


def test_a_name_that_could_do_harm_is_refused(url: str) -> None:
    for name in ("x; DROP TABLE y", "Photos", "", "a" * 60):
        with pytest.raises(BadInputError, match="cannot name a table"):
            open_mirror(url, name)


def test_an_option_that_is_not_there_is_refused(workspace: Workspace, url: str) -> None:
    with pytest.raises(BadInputError, match="no option 'speed'"):
        publish(workspace, url, options={"speed": 1})
    if not url.startswith("qdrant"):
        with pytest.raises(BadInputError, match="'best' is no index"):
            publish(workspace, url, options={"index": "best"})


@pytest.mark.parametrize(
    "address", ["postgresql://ana:secret@127.0.0.1:9/db", "qdrant://127.0.0.1:9"]
)
def test_a_server_that_is_not_there_is_said_without_the_password(
    workspace: Workspace, address: str
) -> None:
    with pytest.raises(StorageError, match="refused or was cut off") as error:
        publish(workspace, address)
    assert "secret" not in str(error.value)
    assert shown(address) in str(error.value)


def test_an_unknown_scheme_lists_those_that_exist() -> None:
    with pytest.raises(BadInputError, match="postgresql://.*qdrant://"):
        open_mirror("mysql://host/db", "photos")


@pytest.mark.parametrize("index", ["ivfflat", "hnsw"])
def test_pgvectors_index_is_used_when_asked_for(
    workspace: Workspace, postgres_url: str, index: str
) -> None:
    import psycopg

    name = f"photos_{index}"
    publish(workspace, postgres_url, name, {"index": index})
    asked = rule(workspace, 3, True)
    exact, none = search_mirror(postgres_url, name, asked, 20)
    fast, remarks = search_mirror(postgres_url, name, asked, 20, approximate=True)
    assert none == []
    assert "may miss some" in remarks[0]
    assert exact.ids == workspace.collection.search(asked, 20).ids
    assert len(set(fast.ids) & set(exact.ids)) >= 15
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(
            f"EXPLAIN SELECT item_id FROM {name} ORDER BY vector::halfvec({DIM}) <#> "
            f"'{[1.0] * DIM}'::vector::halfvec({DIM}) LIMIT 5"
        ).fetchall()
    assert any(f"{name}_{index}" in line for (line,) in plan)


def test_a_table_of_somebody_elses_is_left_alone(workspace: Workspace, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS theirs (a int)")
    with pytest.raises(BadInputError, match="likewise has not made"):
        publish(workspace, postgres_url, "theirs", replace=True)
    with closing(open_mirror(postgres_url, "theirs")) as mirror:
        assert mirror.about() is None


def test_a_refusal_does_not_offer_what_the_server_lacks() -> None:
    from likewise.export.databases._where import refused

    assert "LIKE," not in str(refused("x", "Qdrant has no such thing", "Qdrant"))
    assert "LIKE," in str(refused("x", "too long", "PostgreSQL"))
