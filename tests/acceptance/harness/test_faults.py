"""The soak's table of faults names tests that are there."""

import pytest

from tests.acceptance import faults


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.key)
def test_every_test_of_a_fault_is_there(fault: faults.Fault) -> None:
    for path, function in faults.paths(fault):
        assert path.is_file(), path
        assert not function or f"def {function}(" in path.read_text(encoding="utf-8"), function


def test_no_fault_is_named_twice_and_an_unknown_name_is_refused() -> None:
    keys = [fault.key for fault in faults.FAULTS]
    assert len(keys) == len(set(keys))
    assert [fault.key for fault in faults.chosen(("E4", "P5"))] == ["E4", "P5"]
    with pytest.raises(ValueError, match="There is no fault E99"):
        faults.chosen(("E99",))
