"""Forms are escaped as the standard library does it."""

from urllib.parse import quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.providers import quoting


@given(st.text())
@example("".join(map(chr, range(256))))
@example("Grüße, 日本 & more: 100 % ~_.-+")
def test_a_text_is_escaped_as_the_standard_library_does(text: str) -> None:
    try:
        wanted = quote_plus(text)
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            quoting.form(text)
    else:
        assert quoting.form(text) == wanted
