"""How often Python looks for garbage: seldom, for a server's objects nearly all die by themselves."""

import gc

#: New objects between two looks. The default of 700 has a busy process look many times a second through everything
#: that is in flight, to find nothing: at 2,000 messages a second that costs a tenth of its time.
YOUNG = 50_000
MIDDLE, OLD = 20, 20


def settle() -> None:
    """Put what a process has loaded by now aside for good, and look for garbage seldom from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
