"""Prints what is installed beside this interpreter, as CycloneDX 1.6. With --licences, as a table for people.

Standard library only: it runs in the image's own environment.
"""

import json
import sys
from importlib.metadata import Distribution, distributions
from typing import Any

_ROW = "| {name} | {version} | {licence} |"


def main(arguments: list[str]) -> None:
    found = sorted(distributions(), key=lambda package: package.name.lower())
    if "--licences" in arguments:
        print("| package | version | licence |\n|---|---|---|")
        for package in found:
            print(_ROW.format(name=package.name, version=package.version, licence=licence_of(package)))
        return
    components = [component(package) for package in found]
    print(
        json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}, indent=1)
    )


def component(package: Distribution) -> dict[str, Any]:
    reference = f"pkg:pypi/{package.name.lower().replace('_', '-')}@{package.version}"
    return {
        "type": "library",
        "bom-ref": reference,
        "name": package.name,
        "version": package.version,
        "purl": reference,
        "licenses": [{"license": {"name": licence_of(package)}}],
    }


def licence_of(package: Distribution) -> str:
    """An SPDX expression where the package gives one; else what it says of itself, in a line."""
    said = package.metadata
    if expression := said.get("License-Expression"):
        return str(expression)
    classes = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if c.startswith("License :: ")]
    short = str(said.get("License") or "").strip().partition("\n")[0]
    return ", ".join(classes) or short or "unknown"


if __name__ == "__main__":
    main(sys.argv[1:])
