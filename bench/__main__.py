"""`./run bench [name]`: runs one benchmark, or all."""

from __future__ import annotations

import click

from bench.folders import folders
from bench.glass import glass
from bench.pages import pages
from bench.shaped import shaped
from bench.transfer import transfer
from peer.options import Size

BENCHMARKS = {"transfer": transfer, "folders": folders, "pages": pages, "shaped": shaped, "glass": glass}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--size", type=Size(), default="600M", show_default=True, help="Bytes to move; glass moves none.")
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="Rounds; medians are printed.")
def main(names: tuple[str, ...], size: int, runs: int) -> None:
    """Runs the benchmarks named, or all of them, and prints a table of each."""
    for name in names or BENCHMARKS:
        BENCHMARKS[name](size, runs)


if __name__ == "__main__":
    main()
