"""Encoders that a rule, a classifier or a workspace names: nothing is fetched because of that."""

from __future__ import annotations

from pathlib import Path

from likewise.core.classifier import Classifier
from likewise.core.classifier_file import check_encoder as check_classifier
from likewise.core.rule import Rule
from likewise.core.rule_file import check_encoder
from likewise.encoders._model_places import NotFetchedError, without_hub
from likewise.encoders.base import Encoder, open_encoder
from likewise.errors import NotFoundError, command_line


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
    encoder = open_if_here(name, home, "a rule or a classifier")
    _check(learned, encoder)
    return encoder


def open_if_here(name: str, home: Path | None, named_by: str = "a workspace") -> Encoder:
    """The encoder that a file names, which may be a stranger's; it must be on this machine.

    Args:
        name: as `open_encoder` takes it.
        home: the workspace that asks.
        named_by: what names it, for the message.

    Raises:
        NotFoundError: it is not on this machine; the message is the command that fetches it.
    """
    try:
        with without_hub():
            return open_encoder(name, home)
    except NotFetchedError as error:
        raise NotFoundError(
            f"{error}, and nothing is fetched because {named_by} names it; if you "
            f"trust whom it is from, get it with: {command_line('encoders', 'get', name)}"
        ) from None


def _check(learned: Rule | Classifier, encoder: Encoder) -> None:
    if isinstance(learned, Rule):
        check_encoder(learned, encoder.fingerprint)
    else:
        check_classifier(learned, encoder.fingerprint)
