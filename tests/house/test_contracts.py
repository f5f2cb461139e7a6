"""The import contracts: kept by the tree as it is, and failing when somebody breaks them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.place import CHECKOUT

PACKAGES = ("config", "districts", "accounts", "incidents", "dispatch", "enterprises", "maps")
RULE_MODULES = ("districts/datums.py", "incidents/lifecycle.py", "dispatch/ranking.py")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of our packages that may be spoiled."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "static", "templates", "locale")
        shutil.copytree(CHECKOUT / package, tmp_path / package, ignore=ignored)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def contract(tree: Path, name: str) -> tuple[int, str]:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(tool), "--no-cache", "--contract", name],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def plant(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")


@pytest.mark.parametrize("name", ["layers", "rules"])
def test_the_tree_keeps_its_contracts(tree: Path, name: str) -> None:
    code, output = contract(tree, name)
    assert code == 0, output


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("districts", "accounts"),
        ("accounts", "incidents"),
        ("incidents", "dispatch"),
        ("dispatch", "enterprises"),
        ("enterprises", "maps"),
        ("maps", "config"),
    ],
)
def test_an_import_upward_fails(tree: Path, lower: str, upper: str) -> None:
    plant(tree / lower / "models.py", f"import {upper}.planted")
    (tree / upper / "planted.py").write_text("")
    code, output = contract(tree, "layers")
    assert code == 1
    assert f"{lower}.models -> {upper}.planted" in output


@pytest.mark.parametrize("module", RULE_MODULES)
def test_a_rule_module_that_knows_django_fails(tree: Path, module: str) -> None:
    plant(tree / module, "import django.db")
    code, output = contract(tree, "rules")
    assert code == 1
    assert f"{module.removesuffix('.py').replace('/', '.')} -> django" in output
