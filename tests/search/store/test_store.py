"""What a store does with items, vectors and conditions."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError
from likewise.search.store.base import ITEM_SCHEMA
from likewise.search.store.lance import Lance

DIM = 8
IDS = [f"dir/it's {n} é.jpg" for n in range(6)]


@pytest.fixture
def store(tmp_path: Path) -> Lance:
    return opened(tmp_path / "store")


def opened(path: Path) -> Lance:
    return Lance(path, DIM, "demo")


def vectors(rows: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((rows, DIM)))


def items(ids: list[str], **columns: list[object]) -> pa.Table:
    return pa.table({"item_id": pa.array(ids, pa.string()), **columns})


def test_is_a_store_before_anything_is_in_it(store: Lance) -> None:
    assert (len(store), store.version, store.dim) == (0, 0, DIM)
    assert store.ids().to_pylist() == []
    assert list(store.scan(["item_id"])) == []
    assert store.positions_where("width > 1").tolist() == []
    assert store.take(np.empty(0, np.int64)).shape == (0, DIM)
    assert list(store.blocks()) == []
    assert store.delete(["a"]) == 0
    assert store.find(["a"]).tolist() == [-1]
    assert len(store.facts(np.empty(0, np.int64), ["width"])) == 0
    assert not store.refresh()


def test_keeps_columns_and_vectors_over_a_restart(store: Lance, tmp_path: Path) -> None:
    x = vectors(3)
    given_items = items(IDS[:3], width=[640, None, 1024], metadata=['{"a": 1}', None, "{}"])
    store.append(given_items, x)
    for one in (store, opened(tmp_path / "store")):
        assert len(one) == 3
        assert one.ids().to_pylist() == IDS[:3]
        rows = pa.Table.from_batches(one.scan(["width", "metadata", "camera"])).to_pydict()
        assert rows == {
            "width": [640, None, 1024],
            "metadata": ['{"a": 1}', None, "{}"],
            "camera": [None] * 3,
        }
        np.testing.assert_allclose(one.take(np.array([2, 0, 2])), x[[2, 0, 2]], atol=1e-3)
        np.testing.assert_allclose(np.concatenate(list(one.blocks())), x, atol=1e-3)
        np.testing.assert_allclose(np.linalg.norm(one.take(np.arange(3)), axis=1), 1, atol=1e-6)


def test_finds_places_of_ids_and_facts_at_places_in_the_order_asked(store: Lance) -> None:
    store.append(items(IDS[:4], width=[1, 2, 3, 4]), vectors(4))
    store.delete([IDS[1]])
    asked = [IDS[3], "nobody", IDS[0], IDS[3], IDS[1]]
    assert store.find(asked).tolist() == [2, -1, 0, 2, -1]
    assert store.find([]).tolist() == []
    table = store.facts(np.array([2, 0, 2]), ["width", "item_id"])
    assert table.to_pydict() == {"width": [4, 1, 4], "item_id": [IDS[3], IDS[0], IDS[3]]}
    assert store.facts(np.empty(0, np.int64), ["width"]).to_pydict() == {"width": []}
    with pytest.raises(BadInputError, match="no column 'colour'"):
        store.facts(np.array([0]), ["colour"])
    with pytest.raises(BadInputError, match="not among the 3 rows"):
        store.facts(np.array([3]), ["width"])


def test_replacing_leaves_one_row_with_the_new_vector(store: Lance) -> None:
    x = vectors(4)
    store.append(items(IDS[:3], width=[1, 2, 3]), x[:3])
    before = store.version
    store.append(items([IDS[1], IDS[3]], width=[20, 40]), x[[3, 0]])
    assert store.version > before
    rows = pa.Table.from_batches(store.scan(["item_id", "width"])).to_pydict()
    assert dict(zip(rows["item_id"], rows["width"], strict=True)) == {
        IDS[0]: 1,
        IDS[1]: 20,
        IDS[2]: 3,
        IDS[3]: 40,
    }
    place = store.ids().to_pylist().index(IDS[1])
    np.testing.assert_allclose(store.take(np.array([place]))[0], x[3], atol=1e-3)


def test_deleting_removes_those_it_has(store: Lance) -> None:
    store.append(items(IDS), vectors(6))
    assert store.delete([IDS[0], IDS[4], "nobody"]) == 2
    assert store.ids().to_pylist() == [IDS[1], IDS[2], IDS[3], IDS[5]]
    assert store.delete([IDS[0]]) == 0
    assert store.delete(IDS) == 4
    assert len(store) == 0
    assert store.ids().to_pylist() == []
    assert list(store.blocks()) == [] or sum(map(len, store.blocks())) == 0
    store.append(items(IDS[:1]), vectors(1))
    assert store.ids().to_pylist() == IDS[:1]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["append", "delete", "reopen"]),
            st.lists(st.integers(0, 5), unique=True, max_size=4),
        ),
        max_size=6,
    )
)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_is_a_dictionary_that_remembers_order(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[int]]]
) -> None:
    path = tmp_path_factory.mktemp("model") / "store"
    store, model = opened(path), dict[str, Vectors]()
    for number, (verb, which) in enumerate(steps):
        chosen = [IDS[n] for n in which]
        if verb == "append":
            fresh = vectors(len(chosen), seed=number)
            store.append(items(chosen), fresh)
            for name, vector in zip(chosen, fresh, strict=True):
                model.pop(name, None)
                model[name] = vector
        elif verb == "delete":
            assert store.delete(chosen) == len(set(chosen) & set(model))
            for name in chosen:
                model.pop(name, None)
        else:
            store = opened(path)
        assert len(store) == len(model)
        assert store.ids().to_pylist() == list(model)
        for place, name in enumerate(model):
            some = store.take(np.array([place]))
            np.testing.assert_allclose(some[0], model[name], atol=1e-3)
            quoted = name.replace("'", "''")
            assert store.positions_where(f"item_id = '{quoted}'").tolist() == [place]


def test_places_are_positions_in_the_scan(store: Lance) -> None:
    store.append(items(IDS[:4], width=[1, 2, 3, 4]), vectors(4))
    store.delete([IDS[0]])
    store.append(items(IDS[4:], width=[5, 6]), vectors(2))
    places = store.positions_where("width % 2 = 1")
    assert places.dtype == np.int64
    assert places.tolist() == [1, 3]
    assert store.ids().take(pa.array(places)).to_pylist() == [IDS[2], IDS[4]]
    found = pa.Table.from_batches(store.scan(["width"], "width % 2 = 1"))
    assert found.to_pydict() == {"width": [3, 5]}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("taken_at >= '2020-01-01'", [2]),
        ("taken_at < '2020'", [0]),
        ("taken_at is null", [1]),
        ("camera = 'O''Neill; DROP TABLE x -- é'", [1]),
        ("camera like 'C%' and width >= 100", [0]),
        ("(width = 1) or (width = 2)", []),
        ("width in (100, 300)", [0, 2]),
        ("starts_with(lower(camera), 'can')", [0]),
        ("CAST(left(taken_at, 4) AS INT) = 2019", [0]),
    ],
)
def test_understands_conditions(store: Lance, where: str, expected: list[int]) -> None:
    columns = {
        "width": [100, 200, 300],
        "camera": ["Canon", "O'Neill; DROP TABLE x -- é", None],
        "taken_at": ["2019-12-31T23:59:59", None, "2020-01-01T00:00:00"],
    }
    store.append(pa.table({"item_id": IDS[:3], **columns}), vectors(3))
    assert store.positions_where(where).tolist() == expected


@pytest.mark.parametrize(
    "where",
    [
        "",
        "   ",
        "colour = 'red'",
        "width >",
        "width",
        "width + 1",
        "width > 'wide'",
        "1=1; DROP TABLE items",
        "1=1) or (1=1",
        "1=1) ; select (1=1",
        "width > 1 -- and more",
        "width > 1 /* and more */",
        "width > 1 order by width",
        "width > 1 limit 1",
        "select 1",
        "item_id in (select item_id)",
        "nosuch(width) > 1",
        "count(*) > 1",
        "camera = 'open",
        'camera = "open',
        "((width > 1)",
        "width > 1\n; x",
        "Жé ~~ ☃",
        "\x00",
        "repeat(camera, 1000000000) = 'x'",
        "\"repeat\"(camera, 1000000000) = 'x'",
        "width / 0 > 1",
    ],
)
def test_refuses_what_is_not_a_condition_in_one_sentence(store: Lance, where: str) -> None:
    store.append(items(IDS, width=list(range(6))), vectors(6))
    for ask in (store.positions_where, lambda where: list(store.scan(["item_id"], where))):
        with pytest.raises(BadInputError) as caught:
            ask(where)
        said = str(caught.value)
        assert f'"{where}"' in said
        assert "item_id, uri, digest" in said
        assert ".rs" not in said
    assert len(store) == 6


def test_refuses_a_condition_when_asked_not_when_read(store: Lance) -> None:
    store.append(items(IDS), vectors(6))
    with pytest.raises(BadInputError):
        store.scan(["item_id"], "colour = 'red'")


def test_refuses_conditions_too_deep_for_an_engine(store: Lance) -> None:
    store.append(items(IDS, width=list(range(6))), vectors(6))
    for where in ("width > " + "+".join(["1"] * 20_000), "not " * 50_000 + "width > 1"):
        with pytest.raises(BadInputError, match="characters") as caught:
            store.positions_where(where)
        assert len(str(caught.value)) < 600
    assert len(store.positions_where("width > " + "+".join(["0"] * 400))) == 5


def test_refuses_unknown_columns(store: Lance) -> None:
    with pytest.raises(BadInputError, match="no column 'colour'"):
        store.scan(["item_id", "colour"])
    with pytest.raises(BadInputError, match="no column"):
        store.scan([])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 0.0, 3.0])
def test_refuses_rows_that_are_not_finite_and_of_unit_length(store: Lance, bad: float) -> None:
    x = vectors(2)
    x[1] = bad
    with pytest.raises(BadInputError, match="row 1 of the vectors"):
        store.append(items(IDS[:2]), x)
    assert len(store) == 0


@pytest.mark.parametrize("shape", [(2, DIM + 1), (2, DIM - 1), (1, DIM), (3, DIM), (2,), (0, DIM)])
def test_refuses_other_shapes(store: Lance, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInputError, match="have shape"):
        store.append(items(IDS[:2]), np.ones(shape, np.float32))


def test_refuses_an_id_given_twice_and_none_at_all(store: Lance) -> None:
    with pytest.raises(BadInputError, match="'a' is given twice"):
        store.append(items(["b", "a", "a"]), vectors(3))
    with pytest.raises(BadInputError, match="no 'item_id'"):
        store.append(items(["b", ""]), vectors(2))
    with pytest.raises(BadInputError, match="no 'item_id'"):
        store.append(pa.table({"width": [1]}), vectors(1))
    assert len(store) == 0


def test_refuses_columns_that_are_not_in_the_schema(store: Lance) -> None:
    with pytest.raises(BadInputError, match="no column 'colour'"):
        store.append(items(["a"], colour=["red"]), vectors(1))
    with pytest.raises(BadInputError, match="'width' does not fit int32"):
        store.append(items(["a"], width=["wide"]), vectors(1))
    with pytest.raises(BadInputError, match="'width' does not fit int32"):
        store.append(items(["a"], width=[2**40]), vectors(1))


def test_an_empty_batch_changes_nothing(store: Lance) -> None:
    store.append(items([]), np.empty((0, DIM), np.float32))
    assert (len(store), store.version) == (0, 0)


def test_a_reader_keeps_its_version_until_it_refreshes(store: Lance, tmp_path: Path) -> None:
    reader = opened(tmp_path / "store")
    x = vectors(6)
    store.append(items(IDS[:2]), x[:2])
    assert len(reader) == 0
    assert reader.refresh()
    store.append(items(IDS[2:4]), x[2:4])
    store.delete([IDS[0]])
    assert reader.ids().to_pylist() == IDS[:2]
    np.testing.assert_allclose(reader.take(np.arange(2)), x[:2], atol=1e-3)
    assert reader.refresh()
    assert reader.ids().to_pylist() == IDS[1:4]
    assert not reader.refresh()


def test_every_column_of_the_schema_can_be_kept(store: Lance) -> None:
    box = pa.list_(pa.float64(), 4)
    values = {pa.string(): "x", pa.int64(): 2**40, pa.int32(): 7, box: [0.1, 2, 3, 1e6]}
    row = {field.name: [values[field.type]] for field in ITEM_SCHEMA}
    store.append(pa.table(row), vectors(1))
    kept = pa.Table.from_batches(store.scan(ITEM_SCHEMA.names)).to_pydict()
    assert kept == row
