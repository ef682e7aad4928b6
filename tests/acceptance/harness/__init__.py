"""Kill a sending system at random moments, and judge it by what an outside sink was handed."""

import os

#: Set by `make soak`: the tests of faults take their long form.
LONG = os.environ.get("SOAK", "") == "1"
