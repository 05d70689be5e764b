from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.core.addresses import has_secret, shown, without_secrets, without_secrets_of

PASSWORDS = st.text(st.sampled_from("abc:@/?#=&%~! é1"), min_size=1).map(lambda x: f"pw{x}wp")


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("postgresql://ana:s3cret@db:5432/team#birds", "postgresql://ana@db:5432/team#birds"),
        ("postgresql://db/team?password=s3cret#birds", "postgresql://db/team#birds"),
        ("postgresql://db/team?sslmode=require&PASSWORD=s3cret&user=ana",
         "postgresql://db/team?sslmode=require&user=ana"),
        ("mysql://ana:s3cret@db/team", "mysql://ana@db/team"),
        ("qdrant://db:6333?api_key=s3cret", "qdrant://db:6333"),
        ("s3://key:s3cret@bucket/ws", "s3://bucket/ws"),
        ("s3://bucket/ws?secret_access_key=s3cret", "s3://bucket/ws"),
        ("https://s3cret@host/a.jpg?w=3&X-Amz-Signature=s3cret", "https://host/a.jpg?w=3"),
    ],
)  # fmt: skip
def test_what_is_stored_has_no_secret_and_is_otherwise_the_same(url: str, stored: str) -> None:
    assert without_secrets(url) == stored
    assert has_secret(url)
    assert "s3cret" not in shown(url)
    assert "s3cret" not in without_secrets_of(url, "the server says: 's3cret' at s3cret")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ana@db:5432/team?options=a@b#birds",
        "postgresql://db/team?sslkey=/keys/a.pem&keepalives=1&passfile=/home/ana/.pgpass",
        "abfss://photos@account.dfs.core.windows.net/ws",
        "qdrant+file:///folder",
        "/home/ana@work/photos",
    ],
)
def test_an_address_without_a_secret_is_stored_as_it_is(url: str) -> None:
    assert without_secrets(url) == url


@given(PASSWORDS)
def test_no_password_is_shown_whatever_signs_are_in_it(password: str) -> None:
    shown_url = shown(f"postgresql://ana:{password}@db/team")
    assert "pw" not in shown_url
    assert "wp" not in shown_url
