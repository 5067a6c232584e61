"""The front door: the `twocans` command, which loads a command's module only when it is asked for."""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script."""
    raise SystemExit("not yet")


if __name__ == "__main__":
    main()
