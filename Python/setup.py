"""Builds the extension module, with the library beside it.

libsluice comes from SLUICE_PREFIX, where it was installed; or else scripts/install.sh of the repository around this
folder builds it, which needs Swift; or else pkg-config says where it is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
SONAME = "libsluice.so.1"
# The first whose stable ABI has buffers, which chunks are.
STABLE_ABI = "cp311"


def version() -> str:
    """The version of the header in the repository; sdists have a copy of it."""
    header = REPOSITORY / "Sources/CSluice/include/sluice.h"
    copy = HERE / "VERSION"
    if header.exists():
        found = re.search(r'^#define SLUICE_VERSION "(.*)"$', header.read_text(), re.MULTILINE)
        assert found, f"{header} has no version"
        if not copy.exists() or copy.read_text().strip() != found[1]:
            copy.write_text(found[1] + "\n")
        return found[1]
    return copy.read_text().strip()


def find_prefix() -> Path:
    """Where include/sluice.h and lib/libsluice.so are."""
    if given := os.environ.get("SLUICE_PREFIX"):
        prefix = Path(given).resolve()
        if not (prefix / "lib" / SONAME).exists():
            raise SystemExit(
                f"SLUICE_PREFIX is {given}, and {prefix}/lib has no {SONAME}; run scripts/install.sh {prefix}"
            )
        return prefix
    install = REPOSITORY / "scripts/install.sh"
    if install.exists() and shutil.which(os.environ.get("SWIFT", "swift")):
        prefix = REPOSITORY / ".build/python/prefix"
        subprocess.run(["sh", install, prefix], check=True)
        return prefix
    try:
        known = subprocess.run(
            ["pkg-config", "--variable=prefix", "sluice"], check=True, capture_output=True, text=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(
            "libsluice was not found. Install it ('make install PREFIX=…' in Sluice's repository, which needs Swift), "
            "and set SLUICE_PREFIX to that prefix"
        ) from None
    return Path(known)


class BuildWithLibrary(build_ext):
    """Links with libsluice, and puts it into the package."""

    def run(self) -> None:
        prefix = find_prefix()
        for extension in self.extensions:
            extension.include_dirs.append(str(prefix / "include"))
            extension.library_dirs.append(str(prefix / "lib"))
            extension.depends += map(str, (prefix / "include").glob("sluice*.h"))
        super().run()
        package = Path(self.get_ext_fullpath("sluice._sluice")).parent
        shutil.copy(prefix / "lib" / SONAME, package / SONAME)


class StableWheel(bdist_wheel):
    """One wheel for every Python from that version on."""

    def finalize_options(self) -> None:
        self.py_limited_api = STABLE_ABI
        super().finalize_options()


setup(
    version=version(),
    ext_modules=[
        Extension(
            "sluice._sluice",
            sources=sorted(str(path.relative_to(HERE)) for path in (HERE / "csrc").glob("*.c")),
            depends=[f"csrc/{name}.h" for name in ("sluice_python", "arrow_abi", "columns", "reading", "tables")],
            libraries=["sluice", "z", "pthread", "dl"],
            extra_compile_args=[
                "-std=c11",
                "-O2",
                "-g0",
                "-fvisibility=hidden",
                "-Wall",
                "-Wextra",
                "-Wno-cast-function-type",
            ],
            extra_link_args=["-Wl,-rpath,$ORIGIN", "-Wl,-s"],
            py_limited_api=True,
        )
    ],
    cmdclass={"build_ext": BuildWithLibrary, "bdist_wheel": StableWheel},
)
