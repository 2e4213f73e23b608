"""The command `pusher`."""

import sys


def main() -> None:
    """Check that no foreign package shadows ours, then run the command line."""
    from pusher.foreign import foreign_packages  # noqa: PLC0415 - before anything else of ours is imported

    strangers = foreign_packages()
    if strangers:
        sys.exit("\n".join(strangers))
    from pusher.cli.root import pusher  # noqa: PLC0415

    pusher(prog_name="pusher")


if __name__ == "__main__":
    main()
