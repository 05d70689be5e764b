"""The encoder that a saved rule or classifier was learned with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from likewise.core.classifier import Classifier
from likewise.core.classifier_file import check_encoder as check_classifier
from likewise.core.rule import Rule
from likewise.core.rule_file import check_encoder
from likewise.encoders._model_places import NotFetchedError, without_hub
from likewise.encoders.base import Encoder, open_encoder
from likewise.errors import NotFoundError, command_line

if TYPE_CHECKING:
    pass


def encoder_of(learned: Rule | Classifier, home: Path | None = None) -> Encoder:
    """The encoder whose vectors a rule scores, or a classifier classifies.

    The file names it, and may be a stranger's: nothing is fetched because of that.

    Args:
        learned: the rule or classifier.
        home: a workspace; an encoder that was learned from labels is looked for there, too.

    Raises:
        NotFoundError: it is not on this machine; the message is the command that fetches it.
        MismatchError: the encoder of that name is another one now.
    """
    name = str(learned.provenance.get("encoder_name") or learned.encoder.split("-")[0])
    try:
        with without_hub():
            encoder = open_encoder(name, home)
    except NotFetchedError as error:
        raise NotFoundError(
            f"{error}, and nothing is fetched because a rule or a classifier names it; if you "
            f"trust whom it is from, get it with: {command_line('encoders', 'get', name)}"
        ) from None
    _check(learned, encoder)
    return encoder


def _check(learned: Rule | Classifier, encoder: Encoder) -> None:
    if isinstance(learned, Rule):
        check_encoder(learned, encoder.fingerprint)
    else:
        check_classifier(learned, encoder.fingerprint)
