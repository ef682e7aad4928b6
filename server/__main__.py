"""`python -m server`: the command line, and the parts that the supervisor starts."""

import sys


def main() -> int:
    """Run a part of the server, else the command line; Ctrl+C while they are being imported is no error either."""
    try:
        return _run()
    except KeyboardInterrupt:
        return 130


def _run() -> int:
    if sys.argv[1:2] == ["api"] or sys.argv[1:3] == ["sender", "--slot"]:
        from server import roles

        return roles.run(sys.argv[1], int(sys.argv[3]) if sys.argv[1] == "sender" else 0)
    from server import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
