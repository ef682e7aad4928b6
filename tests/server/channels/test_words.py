"""The words by which a person opts out."""

import pytest

from server.channels import words


@pytest.mark.parametrize(
    "text", ["STOP", "stop", " Stop. ", "Stop!", "“stop”", "opt  out", "Arrêt", "СТОП", "停止"]
)
def test_a_whole_stop_is_an_opt_out(text: str) -> None:
    assert words.stops(text)


@pytest.mark.parametrize("text", ["", "don't stop", "stop by later", "nonstop", "end of story", "stop " * 40])
def test_a_stop_inside_a_sentence_is_a_conversation(text: str) -> None:
    assert not words.stops(text)
