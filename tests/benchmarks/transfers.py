"""How long a round of the transfers stage takes: every area of a made-up city lacks or spares the item.

Example: .venv/bin/python -m tests.benchmarks.transfers --areas 100
"""

from __future__ import annotations

import argparse
import random
import time

from streams.core.transfers.plan import Shortage, Spare, SpareLot, plan

TODAY = 738_000


def main() -> None:
    """Print the time of one item's round."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--areas", type=int, default=100)
    words.add_argument("--lots", type=int, default=5, help="lots of an area that can spare some")
    chosen = words.parse_args()
    chance = random.Random(1)
    places = [(chance.randrange(100), chance.randrange(100)) for _ in range(chosen.areas)]
    names = {f"area-{number:04d}": place for number, place in enumerate(places)}

    def km(source: str, destination: str) -> int:
        return sum(abs(a - b) for a, b in zip(names[source], names[destination], strict=True))

    half = len(names) // 2
    shortages = [Shortage(area, chance.randrange(4), chance.randint(1, 900)) for area in list(names)[:half]]
    spares = [
        Spare(area, 700, tuple(SpareLot(f"{area}-{n}", 300, TODAY + chance.randrange(20)) for n in range(chosen.lots)))
        for area in list(names)[half:]
    ]
    for _ in range(3):
        began = time.process_time()
        moves = plan(shortages, spares, km, lambda way: TODAY + way // 300)
        took = time.process_time() - began
        moved = sum(move.quantity for move in moves)
        print(f"{chosen.areas} areas: {took * 1000:.0f} ms, {len(moves)} moves, {moved} units")


if __name__ == "__main__":
    main()
