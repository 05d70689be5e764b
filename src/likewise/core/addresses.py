"""Addresses of servers without the passwords and keys that may be written in them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from likewise.errors import BadInputError

# A password may hold / ? # where somebody has not escaped them; ":5432/" is a port.
_USER = re.compile(
    r"(?P<scheme>[a-zA-Z][\w+.-]*://)(?P<user>[^/?#@:]*)"
    r"(?P<password>:(?:[^/?#]*(?:@[^?#]*)?|(?!\d*[/?#]).*))?@"
)
_PAIR = re.compile(r"(?P<name>[^=?&;#\s]+)=(?P<value>'[^']*'|[^&;#\s]*)")
_SECRET = re.compile(
    r"pass(word|wd|phrase)?$|pwd$|secret|token|credential|access_?key|api_?key|sig$|signature"
    r"|(^|[_-])key($|[_-])"
)
_USER_IS_NAMED = ("postgres", "mysql", "mariadb", "milvus", "abfs")  # elsewhere it may be a token


def shown(url: str) -> str:
    """A URL as messages may show it: no password, no query, no fragment.

    Example:
        >>> shown("postgresql://ana:secret@host/db?password=secret")
        'postgresql://ana@host/db'
        >>> shown("qdrant+file:///folder")
        'qdrant+file:///folder'
    """
    return re.split(r"[?#]", without_secrets(url), maxsplit=1)[0]


def without_secrets(url: str) -> str:
    """A URL as files may hold it: without passwords, tokens and keys, and otherwise the same.

    Example:
        >>> without_secrets("postgresql://ana:secret@host/db?sslmode=require&password=secret#team")
        'postgresql://ana@host/db?sslmode=require#team'
        >>> without_secrets("s3://key:secret@bucket/photos")
        's3://bucket/photos'
    """
    head, mark, rest = _USER.sub(_user, url, count=1).partition("?")
    if "://" not in head:  # "host=db password=secret", as libpq takes it too
        return _PAIR.sub(lambda found: "" if _is_secret(found["name"]) else found[0], url)
    query, hash_, fragment = rest.partition("#")
    pairs = [x for x in re.split("[&;]", query) if not _is_secret(x.partition("=")[0])]
    return head + (mark + "&".join(pairs) if query and pairs else "") + hash_ + fragment


def has_secret(url: str) -> bool:
    """Whether a URL holds a password, a token or a key.

    Example:
        >>> has_secret("postgresql://ana@host/db"), has_secret("qdrant://host?api_key=x")
        (False, True)
    """
    return without_secrets(url) != url


def refuse_secret(url: str) -> None:
    """Refuse a URL of object storage with a key in it; it would be stored in the workspace.

    Raises:
        BadInputError: it holds one.
    """
    if has_secret(url):
        raise BadInputError(
            f"{shown(url)} was given with a key in it, and keys are not stored in a workspace; put "
            "it into the environment, such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )


def without_secrets_of(url: str, text: str) -> str:
    """A text, such as a driver's message, in which no password or key of a URL stands.

    Example:
        >>> without_secrets_of("postgresql://ana:s3cret@host/db", "'s3cret' is no password")
        "'***' is no password"
    """
    values = [x["value"].strip("'") for x in _PAIR.finditer(url) if _is_secret(x["name"])]
    user = _USER.match(url)
    if user is not None:
        values.append((user["password"] or "")[1:])
    for value in sorted({*values, *map(unquote_plus, values)} - {""}, key=len, reverse=True):
        text = text.replace(value, "***")
    return text


def _user(found: re.Match[str]) -> str:
    is_named = found["scheme"].startswith(_USER_IS_NAMED) and found["user"]
    return f"{found['scheme']}{found['user']}@" if is_named else found["scheme"]


def _is_secret(name: str) -> bool:
    return _SECRET.search(unquote_plus(name).lower()) is not None
