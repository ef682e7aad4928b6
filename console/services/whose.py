"""Who acts at this computer."""

import getpass


def user() -> str:
    """The user of this machine, as stories and versions will name them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "the console"
