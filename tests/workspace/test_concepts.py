from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from decision_places import Place

from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError
from likewise.workspace.concepts import Concepts
from likewise.workspace.decisions import Decisions


@pytest.fixture
def database(place: Place) -> Decisions:
    return place.connect()


def test_saved_and_read_again(database: Decisions) -> None:
    barn = Concept("barn", ("a.jpg",), ("b.jpg",), ("red barn",), ("house",), {"a.jpg": 0.5})
    Concepts(database).save(barn)
    assert Concepts(database).get("barn") == barn


def test_an_unknown_name_is_told_the_near_one(database: Decisions) -> None:
    Concepts(database).save(Concept("barn"))
    with pytest.raises(NotFoundError, match="no concept 'bern'; did you mean 'barn'"):
        Concepts(database).get("bern")


def test_with_none_at_all_the_command_is_named(database: Decisions) -> None:
    with pytest.raises(NotFoundError, match="likewise concept create barn"):
        Concepts(database).get("barn")


def test_a_new_one_does_not_replace_an_old_one(database: Decisions) -> None:
    Concepts(database).save(Concept("barn"), new=True)
    with pytest.raises(BadInputError, match="exists already"):
        Concepts(database).save(Concept("barn"), new=True)


def test_each_change_is_kept(database: Decisions) -> None:
    concepts = Concepts(database)
    concepts.save(Concept("barn", hints=("barn",)))
    concepts.save(Concept("barn", hints=("barn", "shed")))
    concepts.remove("barn")
    assert concepts.names() == []
    with pytest.raises(NotFoundError):
        concepts.get("barn")
    assert len(database.rows("SELECT * FROM concepts WHERE name = 'barn'")) == 3
    concepts.save(Concept("barn"), new=True)
    assert concepts.names() == ["barn"]


def test_changes_at_the_same_time_are_all_kept(place: Place) -> None:
    Concepts(place.connect()).save(Concept("barn"))

    def add(number: int) -> None:
        database = place.connect()
        Concepts(database).change("barn", lambda newest: newest.adding((f"{number}.jpg",)))
        database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(16)))
    kept = Concepts(place.connect()).get("barn").examples
    assert sorted(kept) == sorted(f"{number}.jpg" for number in range(16))


@pytest.mark.parametrize("name", ["", "../barn", "a/b", "x" * 101, " barn", "a\nb"])
def test_names_that_could_do_harm_are_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="cannot name a concept"):
        Concept(name)
