"""`make fuzz`: as long and as random as EXAMPLES and SEED say, on a database of the kind that DATABASE_URL names."""

import os
import random
import sys
import tempfile
from itertools import product as product_of
from pathlib import Path

import django


def main() -> int:
    from tests.fuzz.fuzzing import CALLERS, DIALECTS, fuzz, fuzzed

    examples = int(os.environ.get("EXAMPLES") or 100)
    seed = int(os.environ.get("SEED") or random.randrange(2**32))
    print(f"SEED={seed} EXAMPLES={examples}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory() as directory, fuzzed(Path(directory)) as product:
        for dialect, caller in product_of(DIALECTS, CALLERS):
            found = fuzz(product, dialect, caller, seed=seed, examples=examples)
            print(f"{dialect}, as {caller}: {found or 'nothing found'}", flush=True)
            failed += bool(found)
    return min(failed, 1)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main())
