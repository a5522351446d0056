"""What is installed: the wheel alone, in an empty environment, outside the source tree."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "tools/build.lock", "tools/installer.lock"]


@dataclass(frozen=True)
class Installed:
    """A wheel in an environment of its own, and a folder outside the tree to work in."""

    wheel: Path
    bin: Path
    folder: Path

    def run(self, *command: str, guarded: bool = True) -> subprocess.CompletedProcess[str]:
        # Nothing of this environment may leak in, save the guard against asking other machines.
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        if guarded:
            environment["PYTHONPATH"] = str(ROOT / "tests" / "egress")
            environment["EGRESS_RECORD"] = os.environ["EGRESS_RECORD"]
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )


def with_registry() -> dict[str, str]:
    """Return an environment in which an installer may ask its package registry."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    base = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(base)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = base.glob("*.whl")
    done = subprocess.run(
        [sys.executable, "tools/prepare.py", "runtime", "--venv", base / "env", "--project", wheel],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=with_registry(),
    )
    assert done.returncode == 0, done.stderr
    folder = base / "elsewhere"
    folder.mkdir()
    return Installed(wheel, base / "env" / "bin", folder)


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_program_and_nothing_else(installed: Installed) -> None:
    inside = {
        name for name in zipfile.ZipFile(installed.wheel).namelist() if ".dist-info/" not in name
    }
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    parts = [ROOT / name for name in build["build"]["targets"]["wheel"]["only-include"]]
    source = {
        path.relative_to(ROOT).as_posix()
        for part in parts
        for path in ([part] if part.is_file() else part.rglob("*"))
        if path.is_file() and path.suffix not in (".pyc", ".db", ".db-wal", ".db-shm")
    }
    assert inside == source
    for part in (
        r"tanggap/examples/sukamaju\.toml",
        r"tanggap/examples/sukamaju-policy\.toml",
        r"tanggap/simulator/texts\.jsonl",
        r"tanggap/web/templates/.+\.html",
        r"tanggap/web/static/.+\.css",
        r"models/corpus/.+\.jsonl",
        r"models/social/.+\.jsonl",
        r"models/baseline/.+\.npz",
        r"models/baseline/.+\.json",
    ):
        assert any(re.fullmatch(part, name) for name in inside), part


@pytest.mark.slow
def test_the_installed_modules_are_the_wheels_own(installed: Installed) -> None:
    asked = (
        "import tanggap, daemon, router; print(tanggap.__file__, daemon.__file__, router.__file__)"
    )
    done = installed.run("python", "-c", asked, guarded=False)
    assert done.returncode == 0, done.stderr
    places = done.stdout.split()
    assert len(places) == 3
    assert all(place.startswith(str(installed.bin.parent)) for place in places)


@pytest.mark.slow
def test_the_installed_program_is_watched_for_asking_other_machines(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGRESS_RECORD", str(tmp_path / "record"))
    asking = "import socket; socket.getaddrinfo('graph.facebook.com', 443)"
    assert "not this machine" in installed.run("python", "-c", asking).stderr
    assert (tmp_path / "record").read_text(encoding="utf-8") == "graph.facebook.com\n"


@pytest.mark.slow
def test_the_installed_packages_fit_together(installed: Installed) -> None:
    done = installed.run("python", "-m", "pip", "check")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_installed_command_shows_its_help_and_version(installed: Installed) -> None:
    done = installed.run("tanggap", "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: tanggap" in done.stdout
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] in installed.run("tanggap", "--version").stdout


@pytest.mark.slow
def test_the_installed_command_checks_a_citys_config(installed: Installed) -> None:
    for name in ("sukamaju.toml", "sukamaju-policy.toml"):
        shutil.copy(ROOT / "tanggap" / "examples" / name, installed.folder)
    config = ["--config", "sukamaju.toml"]
    done = installed.run("tanggap", *config, "migrate")
    assert done.returncode == 0, done.stderr
    done = installed.run("tanggap", *config, "check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)


@pytest.mark.slow
def test_the_installed_command_names_a_mistake_in_the_config_and_exits_with_2(
    installed: Installed,
) -> None:
    text = (ROOT / "tanggap" / "examples" / "sukamaju.toml").read_text(encoding="utf-8")
    wrong = installed.folder / "salah.toml"
    wrong.write_text(text.replace("workers = 4", "wokers = 4"), encoding="utf-8")
    shutil.copy(ROOT / "tanggap" / "examples" / "sukamaju-policy.toml", installed.folder)
    done = installed.run("tanggap", "--config", "salah.toml", "check", "--json")
    assert done.returncode == 2
    assert "wokers" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_installed_command_classifies_with_the_shipped_baseline(installed: Installed) -> None:
    done = installed.run("tanggap", "classify", "jalan berlubang di depan pasar")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert "dpupr" in line
    assert "rules" not in json.loads(line)["model"]


# --- the locked lists and the set-up ----------------------------------------------------------


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==([^\s;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_locked_list_pins_by_hash_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locked_lists_agree_with_each_other(lock: str) -> None:
    everything = pins("requirements-dev.lock")
    assert {
        name: version for name, version in pins(lock).items() if everything.get(name) != version
    } == {}


def test_every_direct_dependency_is_in_its_locked_list() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[=<>~!\[; ]", line)[0] for line in project["project"]["dependencies"]]
    assert set(names) <= set(pins("requirements.lock"))
    tools = [re.split(r"[=<>~!\[; ]", line)[0] for line in project["dependency-groups"]["dev"]]
    assert set(tools) <= set(pins("requirements-dev.lock"))
    assert "hatchling" in pins("tools/build.lock")
    assert list(pins("tools/installer.lock")) == ["uv"]


@pytest.fixture(scope="module")
def prepare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prepare", ROOT / "tools" / "prepare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pips_index_is_handed_on_to_uv_with_the_strongest_setting(prepare: ModuleType) -> None:
    listed = (
        "global.index-url='https://index.example/simple'\n"
        "global.trusted-host='index.example'\n"
        ":env:.index-url='https://other.example/simple'\n"
        "install.extra-index-url='https://a.example/s\\nhttps://b.example/s'\n"
        "global.find-links='/opt/one /opt/two'\n"
        "global.no-color='true'\n"
    )
    assert prepare.uv_environment(prepare.parse_settings(listed), {}) == {
        "UV_DEFAULT_INDEX": "https://other.example/simple",
        "UV_INSECURE_HOST": "index.example",
        "UV_INDEX": "https://a.example/s https://b.example/s",
        "UV_FIND_LINKS": "/opt/one,/opt/two",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_what_is_set_for_uv_itself_stays(prepare: ModuleType) -> None:
    settings = {"index-url": "https://a.example", "cert": "/etc/a.pem"}
    kept = {"UV_INDEX_URL": "https://mine.example", "SSL_CERT_FILE": "/etc/mine.pem"}
    assert prepare.uv_environment(settings, kept) == {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def test_the_set_up_is_done_again_only_when_what_it_is_made_from_changes(
    prepare: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {*LOCKS, "pyproject.toml", "tools/prepare.py"}:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    before = prepare.digest("runtime", None)
    assert prepare.digest("runtime", None) == before
    (tmp_path / "requirements-dev.lock").write_text("", encoding="utf-8")
    assert prepare.digest("runtime", None) == before
    (tmp_path / "requirements.lock").write_text("", encoding="utf-8")
    assert prepare.digest("runtime", None) != before


def test_an_interpreter_that_is_too_old_is_told_so(
    prepare: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "OLDEST", (99, 0))
    with pytest.raises(prepare.Stop, match=r"make PYTHON="):
        prepare.prepare("runtime", tmp_path / "env", None)
    assert not (tmp_path / "env").exists()


def test_a_list_with_a_false_hash_is_refused_by_both_installers(tmp_path: Path) -> None:
    lock = tmp_path / "false.lock"
    false = hashlib.sha256(b"something else").hexdigest()
    lock.write_text(f"schedule=={pins('requirements.lock')['schedule']} --hash=sha256:{false}\n")
    pip = [sys.executable, "-m", "pip", "install"]
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable]
    for installer in (pip, uv):
        done = subprocess.run(
            [*installer, "--require-hashes", "--target", tmp_path / "out", "-r", lock],
            capture_output=True,
            text=True,
            env=with_registry() | {"PIP_USER": "0"},
        )
        assert done.returncode != 0
    assert not (tmp_path / "out" / "schedule").exists()
