"""The wheel carries what lies beside the packages in a checkout; all else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithPages(build_py):
    def run(self) -> None:
        super().run()
        for name in ("templates", "static", "locale"):
            shutil.copytree(name, Path(self.build_lib) / "statussite" / name, dirs_exist_ok=True)


setup(cmdclass={"build_py": WithPages})
