"""Documents keep up with the code."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tanggap.store import open_store

ROOT = Path(__file__).parent.parent


def test_the_data_dictionary_names_every_table(tmp_path: Path) -> None:
    store = open_store(tmp_path / "tanggap.db")
    store.migrate()
    store.close()
    with closing(sqlite3.connect(tmp_path / "tanggap.db")) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    ours = {name for name in tables if not name.startswith(("sqlite_", "_sqlite_", "search_"))}
    text = (ROOT / "docs/data-dictionary.md").read_text(encoding="utf-8")
    assert {name for name in ours if f"`{name}`" not in text} == set()


@pytest.mark.parametrize(
    "page",
    [path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))],
)
def test_links_inside_the_documents_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    missing = [target for target in targets if not ((ROOT / page).parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("folder", ["tanggap", "tanggap/turns", "tanggap/upkeep", "tanggap/store"])
def test_the_map_of_the_architecture_names_every_module_once(folder: str) -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    lines = text.split("## The map of `tanggap/`")[1].split("```")[1].splitlines()
    start = lines.index(f"{folder}/") + 1
    named: list[str] = []
    for line in lines[start:]:
        if not line.startswith("  "):
            break
        modules, words = re.split(r" {2,}", line.strip())
        assert words
        named += modules.split()
    there = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__", "__main__"}
    assert sorted(named) == sorted(there)
