"""The command line; the file of a command is imported only when the command is called."""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from likewise.cli._text import note, note_error, note_mistake
from likewise.core.isolation import keep_current_folder_off_paths
from likewise.core.shortage import memory_limit, shortage_in
from likewise.errors import LikewiseError, MissingExtraError, StorageError

_COMMANDS = {
    "quickstart": "Index a folder and open it in the web app.",
    "index": "Index a folder of images, or bring its workspace up to date.",
    "encoders": "List encoders, with what is published of them.",
    "reindex": "Move a workspace to another encoder.",
    "import-vectors": "Make a workspace of vectors that were computed elsewhere.",
    "words": "List the words that the encoder reads, and what they stand for.",
    "search": "Find images by words, by example, or by a concept.",
    "concept": "Make concepts, fill their baskets, record answers.",
    "labels": "List, export, import, take back answers; sets of classes.",
    "views": "Save views of the images under a name: facets, an order, words.",
    "decisions": "Show where answers are kept, or share them in PostgreSQL.",
    "learn": "Learn a concept's rule from its examples, words and answers.",
    "review": "Look at pages of candidates and answer; the rule follows.",
    "report": "Report a concept's review: found, left, precision, recall.",
    "classify": "Score images that were never indexed, with a rule or a classifier.",
    "fewshot": "Train classifiers on a few images a class.",
    "finetune": "Make an encoder that fits your labels.",
    "propagate": "Label the rest of a collection from a few labelled items.",
    "basket": "Examine a concept's basket: clumps, outliers, near-copies.",
    "explain": "Show which examples and words raise an image's score.",
    "curate": "Choose what belongs in a dataset, and split it without leaks.",
    "export": "Write the images of a concept or a label set as a dataset.",
    "export-page": "Write a folder of static files to look at a workspace.",
    "export-vectors": "Write the vectors of all images as a Parquet table.",
    "rule": "Write a rule as ONNX or as SQL, for other programs.",
    "publish": "Push vectors into PostgreSQL, Qdrant or Milvus.",
    "remove": "Delete image files that a selection drops from the disk.",
    "watch": "Apply rules to images as they arrive in a folder.",
    "serve": "Open the web app over a workspace.",
    "mcp": "Serve tools to an agent over the Model Context Protocol.",
    "skill": "Install a skill file that tells an agent how to work.",
    "users": "Add, list and remove users of the web app.",
    "trail": "List what was requested in the web app and by agents.",
    "info": "Show what a workspace, rule or classifier holds.",
    "replay": "Replay simulated reviewers over class folders.",
    "doctor": "Check a workspace, and repair it.",
    "backup": "Write all that people decided into one file.",
    "restore": "Make a workspace of a backup.",
    "demo": "Run the main job on real images, end to end.",
    "completion": "Print a script that completes commands in bash, zsh or fish.",
}


_MODULES = {
    "backup": "decisions",
    "basket": "concept_reports",
    "demo": "simulate",
    "explain": "concept_reports",
    "export-vectors": "export",
    "learn": "rule",
    "publish": "export",
    "replay": "simulate",
    "report": "concept_reports",
    "restore": "decisions",
    "trail": "users",
}
"""Files of the commands that share one with others; there each has its own name."""

_HELP = frozenset(("-h", "--help", "--version"))
"""What is answered without numpy."""

INTERRUPTED = 130
"""The exit code after Ctrl-C."""


class _ReaderGoneError(Exception):
    """Whoever read our output, such as `head`, has gone."""


@contextmanager
def _closed_pipes_renamed() -> Iterator[None]:
    """Keep a closed pipe from click, which would end with exit code 1 because of it."""
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGoneError from error


class _Commands(click.Group):
    """Loads a command's module when it is wanted, so that ``--help`` is instant."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        file = _MODULES.get(name, name).replace("-", "_")
        module = importlib.import_module(f"likewise.cli.{file}")
        command: click.Command = getattr(
            module, name.replace("-", "_") if name in _MODULES else "command"
        )
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        near = difflib.get_close_matches(arguments[0], _COMMANDS, n=1)
        if near and arguments[0] not in _COMMANDS:
            context.fail(f"There is no command '{arguments[0]}'; did you mean '{near[0]}'?")
        return super().resolve_command(context, arguments)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        with _closed_pipes_renamed():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, context: click.Context) -> Any:
        with _closed_pipes_renamed():
            return super().invoke(context)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="likewise")
def commands() -> None:
    """Teach an image collection a concept by example.

    Start with `likewise quickstart FOLDER`, or with `likewise index FOLDER` and then
    `likewise search --like IMAGE`. Ids and results go to standard output, progress and notes to
    standard error; --json on any command is for scripts. Exit codes: 0 done, 1 a check failed,
    2 wrong input, 3 not found, 4 things that do not belong together, 5 busy, 6 damaged, 7 an
    extra is not installed, 8 the disk or the machine refused, 130 interrupted.
    """


def main() -> None:
    """Run the command line; a mistake of the user's is one sentence, never a traceback."""
    keep_current_folder_off_paths()
    try:
        if memory_limit() and _HELP.isdisjoint(sys.argv[1:]):
            from likewise.numeric.blas import reserve_blas_memory

            reserve_blas_memory()
        outcome = commands.main(standalone_mode=False)
        sys.stdout.flush()  # here, where what the disk or a pipe says to it is still heard
        sys.exit(outcome if isinstance(outcome, int) else 0)  # a code where a command gave one
    except click.ClickException as error:
        note_mistake(error)
        sys.exit(error.exit_code)
    except LikewiseError as error:
        error = shortage_in(error) or error
        note_error(_missing_extra(error) if isinstance(error, MissingExtraError) else error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as error:
        if (lack := shortage_in(error)) is not None:  # click takes every EOFError for Ctrl-D
            note_error(lack)
            sys.exit(lack.exit_code)
        note("likewise: interrupted; what was acknowledged is kept")
        sys.exit(INTERRUPTED)
    except SystemExit:
        raise
    except (_ReaderGoneError, BrokenPipeError):
        _let_go_of_pipes()
        sys.exit(0)
    except BaseException as error:  # a panic of Rust's, say of Lance's, is no Exception
        lack = shortage_in(error)
        if lack is None and not isinstance(error, OSError):
            raise
        message = lack if lack is not None or not isinstance(error, OSError) else _refusal(error)
        note_error(message)
        sys.exit(StorageError.exit_code)


def _missing_extra(error: MissingExtraError) -> str:
    from likewise.cli._installation import missing_extra

    return missing_extra(error)


def _let_go_of_pipes() -> None:
    """Have what is still to be written go nowhere: the reader, such as `head`, has gone."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _refusal(error: OSError) -> str:
    """What the disk refused, with the path and the remedy."""
    if error.filename is None and error.errno == errno.ENOSPC and not sys.stdout.isatty():
        try:
            os.write(sys.stdout.fileno(), b"\n")  # a flush that failed has nothing left to say
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return (
                f"standard output could not be written ({error.strerror}); send it to another "
                "file, or free some space on its disk"
            )
    from likewise.core.output_files import full_disk

    prefix = f"{error.filename}: " if error.filename else ""
    return full_disk(error, sys.argv[1:]) or f"{prefix}{error.strerror or error}"
