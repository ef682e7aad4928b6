"""What processes use, as the system tells it."""

import os
import subprocess
import sys

import pytest

from server.demo import gauge

BUSY = """
import sys, time
while time.process_time() < 0.3:
    pass
print("spun", flush=True)
sys.stdin.readline()
"""


def test_the_cpu_of_a_child_is_counted_by_its_role_even_after_it_has_ended() -> None:
    parent = subprocess.Popen(  # of one child: this process may have other senders below it
        ["/bin/sh", "-c", '"$0" -c "$1" sender; true', sys.executable, BUSY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    gauged = gauge.Gauge(parent.pid)
    gauged.look()
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "spun\n"
        gauged.look()
        parent.communicate("\n")
    found = gauged.used(1_000)
    assert found["sender"].processes == 1
    assert 0.25 <= found["sender"].cpu_s <= 5
    assert found["sender"].cpu_ms_per_1000 == pytest.approx(1_000 * found["sender"].cpu_s, rel=0.1)
    assert found["sender"].peak_mb >= found["sender"].settled_mb > 1
    assert found[gauge.SUPERVISOR].processes >= 1


def test_cpu_is_counted_from_the_reset_on() -> None:
    gauged = gauge.Gauge(os.getpid())
    gauged.reset()
    assert gauged.used(1)[gauge.SUPERVISOR].cpu_s < 1.0


def test_a_tree_that_is_gone_uses_nothing() -> None:
    gauged = gauge.Gauge(2**22 + 1)
    gauged.reset()
    assert gauged.used(1) == {}


def test_the_machine_is_described() -> None:
    found = gauge.machine()
    assert found.cores >= 1
    assert found.processor
    assert "SQLite" in found.libraries
    assert "pyreqwest" in found.libraries
