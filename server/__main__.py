"""`python -m server`: the command line, and the parts that the supervisor starts."""

import sys


def main() -> int:
    """Run a part of the server, else the command line; Ctrl+C while they are being imported is no error either."""
    try:
        code = _run()
    except KeyboardInterrupt:
        code = 130
    # CPython keeps in mind a Ctrl+C that fell into an exec() of text, as imports do it for dataclasses and named
    # tuples; after `-m` it would die of that in place of the exit code, though we caught it. Evaluated text clears it.
    eval("0")  # noqa: S307 - our own word
    return code


def _run() -> int:
    if sys.argv[1:2] == ["api"] or sys.argv[1:3] == ["sender", "--slot"]:
        from server import roles

        return roles.run(sys.argv[1], int(sys.argv[3]) if sys.argv[1] == "sender" else 0)
    from server import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
