"""Make the virtual environment that `make demo` and `make test` run in. Standard library only.

    python3 tools/prepare.py runtime|dev [--venv DIR] [--project PATH]

Packages come from the hash-locked lists alone; an index other than the default one is taken from
pip's own settings (environment or pip.conf) and handed on to uv, which does not read them.
Nothing is done when the environment already fits.
"""

from __future__ import annotations  # an older Python shall get as far as the message about it

import argparse
import ast
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLER_LOCK = "tools/installer.lock"
LOCKS = {
    "runtime": ("requirements.lock", "tools/build.lock"),
    "dev": ("requirements-dev.lock",),  # holds the other two as well
}
STAMP = "tanggap-prepared.json"
OLDEST = (3, 11)

UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "no-index": "UV_NO_INDEX",
}
"""pip's setting to the environment variable with which uv is told the same."""


class Stop(Exception):
    """The environment cannot be made; the text says what a person can do about it."""


def main() -> int:
    """Prepare the environment that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("level", choices=LOCKS)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--project", type=Path, help="a wheel instead of this tree, editable")
    arguments = parser.parse_args()
    lock = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two `make` at once: the second waits, then finds it done
        project = arguments.project and arguments.project.absolute()
        prepare(arguments.level, arguments.venv.absolute(), project)
    except Stop as exc:
        print(f"set-up failed: {exc}", file=sys.stderr)
        return 2
    finally:
        os.close(lock)
    return 0


def prepare(level: str, venv: Path, project: Path | None) -> None:
    """Bring `venv` to `level` with the project in it; raise Stop."""
    if sys.version_info < OLDEST:
        raise Stop(
            f"Python {'.'.join(map(str, OLDEST))} or newer is needed, this is "
            f"{sys.version.split()[0]}; install it, or name it: make PYTHON=/path/to/python3"
        )
    python = venv / "bin" / "python"
    stamp = venv / STAMP
    wanted = {name: digest(name, project) for name in LOCKS}
    made = {"place": f"{venv} {sys.version.split()[0]}"}
    before = read_stamp(stamp)
    moved = before.get("place", made["place"]) != made["place"]
    usable = not moved and has_pip(python)
    if usable and wanted["dev"] == before.get("dev"):
        say("[4/4] the environment is up to date")
        return
    if usable and level == "runtime" and wanted["runtime"] == before.get("runtime"):
        say("[4/4] the environment is up to date")
        return
    stamp.unlink(missing_ok=True)
    say(f"[1/4] virtual environment {venv.name} (Python {sys.version.split()[0]})")
    if not usable:
        make_venv(venv)
    say("[2/4] installer")
    installer = Installer(python)
    say(f"[3/4] packages of {LOCKS[level][0]}, hashes checked, with {installer.name}")
    installer.install_locks(LOCKS[level])
    say("[4/4] Tanggap itself")
    installer.install_project(project)
    made[level] = wanted[level]
    stamp.write_text(json.dumps(made), encoding="utf-8")


def say(step: str) -> None:
    """Show a step at once, in order with what the installers say."""
    print(step, flush=True)


def digest(level: str, project: Path | None) -> str:
    """Return what an environment of `level` is made from, as a hash of contents."""
    total = hashlib.sha256(str(project or ROOT).encode())
    for name in (*LOCKS[level], INSTALLER_LOCK, "pyproject.toml", "tools/prepare.py"):
        total.update((ROOT / name).read_bytes())
    return total.hexdigest()


def read_stamp(stamp: Path) -> dict[str, str]:
    """Return what the last complete set-up left, or nothing."""
    try:
        return dict(json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def has_pip(python: Path) -> bool:
    """Whether an environment is there, its interpreter still runs and it has pip."""
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0


def make_venv(venv: Path) -> None:
    """Make an empty environment with pip in it; raise Stop."""
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", venv], capture_output=True, text=True
    )
    if done.returncode:
        raise Stop(
            f"this Python cannot make a virtual environment; on Debian or Ubuntu: "
            f"apt-get install python3-venv\n{(done.stdout + done.stderr).strip()}"
        )


class Installer:
    """uv when it can be had, else pip; both from the same lists."""

    def __init__(self, python: Path) -> None:
        self.python = python
        self.pip = [
            str(python), "-m", "pip", "--disable-pip-version-check", "-qq", "install",
        ]  # fmt: skip
        # A setting of pip that makes sense on its own but not inside an environment.
        self.environment = {**os.environ, "PIP_USER": "0"}
        self.uv: list[str] = []
        if self._run([*self.pip, "--require-hashes", "-r", INSTALLER_LOCK]):
            self.uv = [
                str(python), "-m", "uv", "--quiet", "pip", "install", "--python", str(python),
            ]  # fmt: skip
            self.environment |= uv_environment(pip_settings(python), os.environ)
        else:
            print("uv cannot be had; going on with pip, which takes some minutes", file=sys.stderr)

    @property
    def name(self) -> str:
        """What installs."""
        return "uv" if self.uv else "pip"

    def install_locks(self, locks: tuple[str, ...]) -> None:
        """Install what hash-locked lists name; raise Stop."""
        self._install(["--require-hashes", *(part for lock in locks for part in ("-r", lock))])

    def install_project(self, project: Path | None) -> None:
        """Install a wheel, or this tree so that edits count at once; raise Stop."""
        what = [str(project)] if project else ["-e", "."]
        # The locks are complete and hold the build backend: nothing unlocked is fetched here.
        self._install(["--no-deps", "--no-build-isolation", *what])

    def _install(self, what: list[str]) -> None:
        if self.uv:
            if self._run([*self.uv, *what]):
                return
            print("uv failed; once more with pip, which takes some minutes", file=sys.stderr)
            self.uv = []
        if not self._run([*self.pip, *what]):
            raise Stop("packages cannot be installed; the lines above say why")

    def _run(self, command: list[str]) -> bool:
        return subprocess.run(command, cwd=ROOT, env=self.environment).returncode == 0


def pip_settings(python: Path) -> dict[str, str]:
    """Return pip's settings, whichever file or variable they come from."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    return parse_settings(listed.stdout)


def parse_settings(listed: str) -> dict[str, str]:
    """Read `pip config list` (lines such as `global.index-url='…'`); the strongest one wins."""
    found: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section):
                found[name.removeprefix(section)] = str(ast.literal_eval(value))
    return found


def uv_environment(settings: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """Return pip's settings in uv's words; what the caller has set for uv itself stays."""
    given = {UV_NAMES[name]: value for name, value in settings.items() if name in UV_NAMES}
    for several, separator in (
        ("UV_INDEX", " "),
        ("UV_FIND_LINKS", ","),
        ("UV_INSECURE_HOST", " "),
    ):
        if several in given:
            given[several] = separator.join(given[several].split())
    # To pip all indexes are equal; uv would stop at the first that knows the name. The hashes
    # decide what is accepted, so equal is safe here.
    given["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    older = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
    return {
        name: value
        for name, value in given.items()
        if name not in present and older.get(name, name) not in present
    }


if __name__ == "__main__":
    sys.exit(main())
