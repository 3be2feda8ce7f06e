"""`make bench`: what a page costs to render (render), how fast it is served beside what cannot be beaten (load),
whether that stays so at 10 and 100 times the history (growth) and while it changes (change), how soon a visitor sees
something (paint), how soon everybody is told (delivery), how long the desk takes at 10,000 incidents and a million
deliveries (desk), and what a write costs beside a bare DRF create (writes); tables, and JSON in data/bench/.
"""

import argparse
from collections.abc import Callable

from tests.perf import change, delivery, desk, flat, load, paint, rendering, writes

type Part = Callable[[list[int], int], None]

# Part → how it is measured, and in how many rounds
PARTS: dict[str, tuple[Part, int]] = {
    "render": (rendering.measure, 7),
    "load": (load.measure, 15),
    "growth": (flat.measure, 9),
    "change": (lambda scales, rounds: change.measure(rounds), 5),
    "paint": (paint.measure, 5),
    "delivery": (delivery.measure, 3),
    "desk": (desk.measure, 9),
    "writes": (lambda scales, rounds: writes.measure(rounds), 3),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.perf", description=__doc__.partition("\n\n")[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)} (default: all of them)")
    parser.add_argument("--scale", default="1,10,100", help="how many times the history (default: %(default)s)")
    parser.add_argument("--rounds", type=int, help="of each part (default: enough for medians)")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    scales = [int(scale) for scale in options.scale.split(",")]
    for name in options.parts or PARTS:
        measure, rounds = PARTS[name]
        measure(scales, options.rounds or rounds)


if __name__ == "__main__":
    main()
