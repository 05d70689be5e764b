import json
from pathlib import Path

from commands import Run
from tiny_clip import tiny_clip


def rows(text: str) -> dict[str, str]:
    return dict(line.split("\t") for line in text.splitlines())


def test_all_names_are_listed_with_their_senses(run: Run) -> None:
    found = run("words")
    assert found.code == 0, found.err
    assert len(rows(found.out)) > 3000
    assert rows(found.out)["top"].startswith("bottlecap")
    few = run("words", "-k", "2")
    assert len(few.out.splitlines()) == 2
    assert "more" in few.err


def test_a_beginning_is_completed_and_words_inside_are_found(run: Run) -> None:
    found = run("words", "bot")
    names = list(rows(found.out))
    assert names[0].startswith("bot")
    assert names.index("bottle") < names.index("beer bottle")
    assert "robot" not in names


def test_a_word_that_it_reads_is_said_with_its_sense(run: Run) -> None:
    found = run("words", "floral", "top")
    assert "'floral top' is read as top: bottlecap" in found.err
    assert "'floral' is ignored" in found.err
    assert found.code == 0


def test_a_word_that_it_lacks_is_answered_by_meaning(run: Run) -> None:
    found = run("words", "handbag")
    assert found.code == 0
    assert set(rows(found.out)) == {"purse", "wallet", "bag"}
    assert "nearest in meaning" in found.err
    nothing = run("words", "tulip")
    assert (nothing.code, nothing.out) == (2, "")
    assert "none of them is near in meaning" in nothing.err


def test_json_says_why_each_name_is_listed(run: Run) -> None:
    answer = json.loads(run("words", "handbag", "--json").out)
    assert answer["text"] == "handbag"
    assert not answer["is_read"]
    assert {name["why"] for name in answer["names"]} == {"near"}
    alike = json.loads(run("words", "gitar", "--json").out)
    assert [(name["name"], name["why"]) for name in alike["names"]] == [("guitar", "alike")]
    known = json.loads(run("words", "purse", "--json").out)
    assert known["is_read"]
    assert known["names"][0] == {"name": "purse", "sense": "bag", "why": "begins"}


def test_other_encoders_say_what_they_read(run: Run, home: Path) -> None:
    none = run("words", "--encoder", "precomputed:clip@4")
    assert (none.code, none.out) == (2, "")
    assert "has no words; give example images" in none.err
    folder = tiny_clip(home / "tiny").folder
    any_words = run("words", "a word", "--encoder", f"onnx:{folder}")
    assert (any_words.code, any_words.out) == (0, "")
    assert "reads any words" in any_words.err
    openly = json.loads(run("words", "--encoder", f"onnx:{folder}", "--json").out)
    assert openly["is_open"]
    assert not json.loads(run("words", "purse", "--json").out)["is_open"]


def test_a_search_says_the_sense_and_that_none_is_found(run: Run, home: Path) -> None:
    found = run("search", "bow tie", "-k", "2")
    lines = found.err.splitlines()
    assert lines[0] == "'bow tie' is read as bow tie: necktie"
    assert "none of the 2 best images looks like bow tie: necktie" in lines[1]
    notes = json.loads(run("search", "bow tie", "-k", "2", "--json").out)["notes"]
    assert len(notes) == 2
    beside = run("search", "bow tie", "--like", "disc/00.png", "-k", "2")
    assert "none of" not in beside.err


def test_a_concept_says_the_sense(run: Run) -> None:
    made = run("concept", "create", "cap", "--hint", "red top", "--counter-hint", "crane")
    assert "'red top' is read as top: bottlecap" in made.err
    assert "'red' is ignored" in made.err
    assert "'crane' is read as crane: lifting device, wading bird" in made.err


def test_what_is_not_wanted_is_offered_as_a_counter_hint(run: Run, home: Path) -> None:
    refused = run("search", "barn without a horse")
    assert refused.code == 2
    assert "give 'barn' as a hint and 'a horse' as a counter-hint instead" in refused.err
    folder = tiny_clip(home / "tiny").folder
    assert run("index", "shapes", "--encoder", f"onnx:{folder}", "-w", "any.likewise").code == 0
    found = run("search", "a barn, not a horse", "-w", "any.likewise", "-k", "1")
    assert found.code == 0
    assert "('not'), which this encoder hardly understands; give 'a barn' as a hint" in found.err
    plain = run("search", "no entry sign", "-w", "any.likewise", "-k", "1")
    assert plain.err == ""
