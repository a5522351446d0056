"""What holds for the desk as a whole: what it imports, and what its templates may do."""

import ast
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import get_args

from web_support import make_config

import tanggap.web
from tanggap.store.item_state import MACHINE
from tanggap.store.rows import EventKind
from tanggap.web import words
from tanggap.web.show import environment

HEAVY = ("sklearn", "scipy", "tweepy", "classifier", "collectors", "daemon", "models", "numpy")
WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None  # sqlite-utils imports it whenever it is installed; the desk must not
import tanggap.web.app, tanggap.commands.web, tanggap.commands.user
del sys.modules["numpy"]
"""


def test_the_desk_starts_without_what_only_the_daemon_needs() -> None:
    code = f"{WITHOUT_NUMPY}print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_templates_have_no_safe_filter_no_inline_script_and_no_foreign_address() -> None:
    folder = Path(str(files("tanggap.web") / "templates"))
    pages = list(folder.glob("*.html"))
    assert len(pages) >= 9
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", text), page.name
        assert not re.search(r"\son\w+\s*=|style\s*=|<style|javascript:", text), page.name
        assert not re.search(r"https?://", text), page.name
        for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL):
            assert script == "", page.name
        for link in re.findall(r"<a [^>]*target=[^>]*>", text):
            assert 'rel="noopener noreferrer nofollow"' in link


def test_the_stylesheet_and_script_load_nothing_from_elsewhere() -> None:
    folder = files("tanggap.web") / "static"
    for name in ("desk.css", "desk.js", "triage.js"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "http" not in text
        assert "innerHTML" not in text
        assert "eval" not in text


def test_every_filter_and_word_that_templates_use_exists(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    env = environment(config, config.clock.now)
    for name in env.list_templates(extensions=["html"]):
        env.get_template(name)  # an unknown filter fails here
        assert env.loader is not None
        source, _, _ = env.loader.get_source(env, name)
        for word in re.findall(r"words\.([A-Z_]+)", source):
            assert hasattr(words, word), (name, word)


def test_every_kind_of_event_that_the_store_writes_has_words() -> None:
    kinds = {kind for part in get_args(EventKind) for kind in get_args(part)}
    assert set(words.EVENTS) == kinds


def test_what_decides_beside_people_is_called_the_model_everywhere() -> None:
    folder = Path(str(files("tanggap.web")))
    pages = [page for page in folder.glob("templates/*.html") if page.name != "sources.html"]
    for page in (*pages, folder / "words.py", folder / "analysis_words.py"):  # sources: computers
        said = page.read_text(encoding="utf-8").replace(f'"{MACHINE}"', "")
        assert not re.search(r"\bmesin", said, re.IGNORECASE), page.name


def test_no_module_of_the_desk_is_long_or_marks_text_as_safe() -> None:
    for path in Path(tanggap.web.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 400, path.name
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        assert "Markup" not in names
