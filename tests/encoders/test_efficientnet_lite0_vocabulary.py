import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.encoders.efficientnet_lite0 import EfficientnetLite0
from likewise.encoders.efficientnet_lite0.names import Names, read_table, words
from likewise.encoders.efficientnet_lite0.suggestions import Suggestions
from likewise.encoders.efficientnet_lite0.vocabulary import Vocabulary
from likewise.errors import BadInputError

TABBY, PERSIAN, WADER, LIFTER, PHONE, HUSKY, SOFA, TERRIER = range(8)
SMALL = Vocabulary(
    Names(
        [
            [["tabby", "tabby cat"], ["cat"], ["animal"]],
            [["Persian cat"], ["cat"], ["animal"]],
            [["crane#5"], ["wading bird"], ["bird"], ["animal"]],
            [["crane#4"], ["machine"]],
            [["cellular telephone", "cell phone", "cellphone"], ["telephone", "phone"]],
            [["husky", "wolf#9"], ["dog"], ["animal"]],
            [["couch", "sofa"], ["piece of furniture"]],
            [["terrier"], ["dog"], ["animal"]],
        ]
    )
)
WITH_SUGGESTIONS = Vocabulary(
    SMALL.names, Suggestions([(["dog", "cat"], ["puppy"]), ([], ["cot"])], SMALL.names)
)


def classes(phrase: str, vocabulary: Vocabulary = SMALL) -> list[set[int]]:
    """The classes that each part of a phrase names."""
    weights = vocabulary.read(phrase).weights
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    return [set(np.flatnonzero(row).tolist()) for row in weights]


@pytest.fixture(scope="module")
def imagenet() -> EfficientnetLite0:
    return EfficientnetLite0()


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("tabby", {TABBY}),
        ("Tabby Cat", {TABBY}),
        ("tabby_cats", {TABBY}),
        ("cat", {TABBY, PERSIAN}),
        ("the cats", {TABBY, PERSIAN}),
        ("a photo of a cat", {TABBY, PERSIAN}),
        ("piece of cat", {TABBY, PERSIAN}),
        ("pieces of furniture", None),
        ("piece of furniture", {SOFA}),
        ("cellphone", {PHONE}),
        ("cell-phones", {PHONE}),
        ("CELL  PHONE", {PHONE}),
        ("phone", {PHONE}),
        ("crane", {WADER, LIFTER}),
        ("crane machine", {LIFTER}),
        ("crane bird", {WADER}),
        ("pérsian cat", {PERSIAN}),
    ],
)
def test_names_are_found(phrase: str, wanted: set[int] | None) -> None:
    if wanted is None:
        with pytest.raises(BadInputError):
            SMALL.read(phrase)
    else:
        assert classes(phrase) == [wanted]
        assert SMALL.read(phrase).ignored == ()
        assert "ignored" not in SMALL.read(phrase).note


def test_a_meaning_counts_by_how_frequent_its_sense_is() -> None:
    (row,) = SMALL.read("crane").weights
    assert row[LIFTER] / row[WADER] == pytest.approx(5 / 4)


def test_a_far_fetched_sense_is_no_name() -> None:
    with pytest.raises(BadInputError, match="'wolf' is not among"):
        SMALL.read("wolf")


@pytest.mark.parametrize(
    ("phrase", "wanted", "used", "ignored"),
    [
        ("big old cat", {TABBY, PERSIAN}, ("cat",), ("big", "old")),
        ("husky dog", {HUSKY}, ("husky", "dog"), ()),
        ("husky cat", {TABBY, PERSIAN}, ("cat",), ("husky",)),
        ("fluffy persian cat", {PERSIAN}, ("Persian cat",), ("fluffy",)),
        ("cat in the snow", {TABBY, PERSIAN}, ("cat",), ("snow",)),
    ],
)
def test_what_is_before_the_head_narrows_or_is_passed_over(
    phrase: str, wanted: set[int], used: tuple[str, ...], ignored: tuple[str, ...]
) -> None:
    reading = SMALL.read(phrase)
    assert classes(phrase) == [wanted]
    assert (reading.used, sorted(reading.ignored)) == (used, sorted(ignored))
    assert all(word in reading.note for word in ignored)


def test_several_things_are_several_parts() -> None:
    assert classes("a tabby cat on a sofa") == [{TABBY}, {SOFA}]
    assert classes("dogs and cats") == [{HUSKY, TERRIER}, {TABBY, PERSIAN}]


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("", "names nothing"),
        ("the", "names nothing"),
        ("zzz", "'zzz' is not among the 19 names this encoder knows; use one"),
        ("tabbi", "spelled alike: 'tabby'; use one"),
        ("dog food", "'food' is not among .* it does know 'dog'"),
        (
            "not a dog",
            r"not wanted \('not'\).*; give 'a dog' as a counter-hint instead",
        ),
        ("sofa without a cat", "'without'.*'sofa' as a hint and 'a cat' as a counter-hint instead"),
        ("no", "say what the images should show"),
    ],
)
def test_what_cannot_be_read_is_said(phrase: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        SMALL.read(phrase)


def test_a_word_that_is_lacking_is_answered_by_meaning() -> None:
    for word in ("puppy", "Puppies"):
        with pytest.raises(BadInputError, match="nearest in meaning: 'dog', 'cat'; use one of"):
            WITH_SUGGESTIONS.read(word)
    with pytest.raises(BadInputError, match="none of them is near in meaning; use an example"):
        WITH_SUGGESTIONS.read("cot")  # not 'cat', for it is a word


def test_a_long_word_is_compared_to_no_spelling() -> None:
    with pytest.raises(BadInputError, match="encoder knows; use one"):
        SMALL.read("tabby" * 20000)


@pytest.mark.parametrize(
    ("phrase", "sense"),
    [
        ("tabby", "tabby: cat"),
        ("tabby cat", "tabby cat: tabby"),
        ("cat", "cat: tabby, Persian cat"),
        ("crane", "crane: machine, wading bird"),
        ("crane bird", "bird: crane"),
        ("animals", "animal: 5 kinds, such as tabby, Persian cat, crane"),
        ("big tabby on a sofa", "tabby: cat; sofa: couch"),
    ],
)
def test_the_sense_that_is_taken_is_said(phrase: str, sense: str) -> None:
    assert f"'{phrase}' is read as {sense}" in SMALL.read(phrase).note


def test_a_name_of_nearly_everything_is_refused() -> None:
    wide = Vocabulary(Names([[[f"thing {n}"], ["object"]] for n in range(500)]))
    with pytest.raises(BadInputError, match="'object' covers 500 of the 500 classes"):
        wide.read("object")
    assert classes("object thing 7", wide) == [{7}]  # it may stand beside one that is narrow
    assert "object" not in wide.names.usable


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(phrase: str) -> None:
    try:
        reading = SMALL.read(phrase)
    except BadInputError:
        return
    assert reading.used
    assert (reading.weights >= 0).all()


@given(st.text())
def test_words_are_plain(text: str) -> None:
    assert all(re.fullmatch(r"\w+", word) for word in words(text))


def test_read_table_splits_names_and_synsets() -> None:
    names = read_table("# note\nclass\twnid\tnames\thypernyms\n0\tn1\ta, b c\td, e#2; f\n")
    assert names.usable == ("a", "b c", "d", "e", "f")


@pytest.mark.parametrize(
    ("phrase", "count"),
    [
        ("dog", 118),
        ("bird", 59),
        ("vehicles", 67),
        ("fruits", 16),
        ("red barn", 1),
        ("wolves", 4),
        ("geese", 1),
        ("Motorbikes", 1),
        ("airplanes", 1),
        ("wild_cat", 2),
        ("cellphone", 1),
        ("grand_piano", 1),
        ("electric_guitar", 1),
        ("dalmatian", 1),
        ("soccer_ball", 1),
        ("binocular", 1),
        ("traffic lights", 1),
        ("mice", 1),
        ("chest of drawers", 1),
        ("jack o lantern", 1),
        ("animal", 398),
    ],
)
def test_words_of_imagenet(imagenet: EfficientnetLite0, phrase: str, count: int) -> None:
    (named,) = (np.flatnonzero(row) for row in imagenet.understood(phrase).weights)
    assert len(named) == count


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("artifact", "'artifact' covers 523 of the 1,000"),
        ("wheelchair", "nearest in meaning: 'chair'"),
        ("cougar_face", "'face' is not among .* it does know 'cougar'"),
        ("gitar", "spelled alike: 'guitar'"),
        ("head", "'head' is not among"),
    ],
)
def test_words_beyond_imagenet(imagenet: EfficientnetLite0, phrase: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        imagenet.understood(phrase)


EVERYDAY = {
    "woman": (), "man": (), "child": (), "face": (), "hand": (), "hair": (),
    "rose": (), "tulip": (), "tree": (), "grass": (), "beach": (), "sunset": (),
    "sky": (), "snow": (), "river": (), "road": (), "garden": (), "cake": (),
    "handbag": ("purse", "wallet", "bag"),
    "sneaker": ("shoe", "sandal", "Loafer", "running shoe"),
    "jacket": None, "dress": None, "shirt": None, "jeans": None, "hat": None,
    "glasses": None, "watch": None, "necklace": None, "boots": None, "skirt": None,
    "wheelchair": ("chair", "throne", "folding chair", "rocking chair", "barber chair"),
    "cow": None, "puppy": ("dog",), "foal": ("horse",), "crow": ("jay", "magpie"),
    "cat": None, "dog": None, "horse": None, "bird": None, "fish": None,
    "lorry": ("wagon", "cart", "truck", "horse cart", "oxcart"),
    "helicopter": ("airplane", "warplane", "airliner"),
    "ferry": ("boat", "canoe", "speedboat", "yawl", "fireboat"),
    "car": None, "bicycle": None, "bus": None, "airplane": None,
    "cathedral": ("church",), "skyscraper": ("building",), "house": None, "bridge": None,
    "chair": None,
}  # fmt: skip
"""52 words: None where it reads them, else the names that it answers."""


@pytest.mark.parametrize("word", EVERYDAY)
def test_everyday_words_are_read_or_answered_by_meaning(
    imagenet: EfficientnetLite0, word: str
) -> None:
    names = EVERYDAY[word]
    if names is None:
        assert imagenet.understood(word).note
        return
    with pytest.raises(BadInputError) as refused:
        imagenet.understood(word)
    near = imagenet.near_words(word)
    assert near == (names, True)
    assert all(f"'{name}'" in str(refused.value) for name in names)
    for name in names:
        assert imagenet.understood(name).weights.any()


@pytest.mark.parametrize(
    ("word", "sense"),
    [
        ("cup", "cup: crockery"),
        ("cups", "cup: crockery"),
        ("sunglass", "sunglass: sunglasses"),
        ("sunglasses", "sunglasses: spectacles"),
        ("punch", "punch: eggnog"),
        ("crane", "crane: lifting device, wading bird"),
    ],
)
def test_a_class_stands_for_what_its_pictures_show(
    imagenet: EfficientnetLite0, word: str, sense: str
) -> None:
    """Two classes were collected for a rare sense and show the frequent one."""
    assert imagenet.understood(word).senses == (sense,)


def test_the_classifier_agrees_on_what_the_pictures_show(imagenet: EfficientnetLite0) -> None:
    """Of the rows of the classifier, the nearest to a class are of things that are like it."""
    rows = imagenet._head - imagenet._head.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for index, near in ((968, {504, 967, 725}), (836, {837})):  # mug, espresso, pitcher; shades
        best = np.argsort(-rows @ rows[index])[1 : len(near) + 1]
        assert set(best.tolist()) == near


def test_a_word_is_not_answered_by_its_letters(imagenet: EfficientnetLite0) -> None:
    for word, name in {
        "handbag": "sandbar",
        "rose": "hose",
        "beet": "beer",
        "trash": "rash",
    }.items():
        assert name not in imagenet.near_words(word).names
    assert imagenet.near_words("trash") == ((), True)


def test_every_name_it_lists_can_be_used(imagenet: EfficientnetLite0) -> None:
    table = imagenet._vocabulary.names.usable
    assert len(table) > 3000
    senses = imagenet.word_senses()
    assert tuple(senses) == table
    for name in table:
        assert senses[name], name
        assert imagenet.understood(name).weights.any(), name
