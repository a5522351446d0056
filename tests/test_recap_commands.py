"""`tanggap recap`, as an operator runs it."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from recap_support import City, a_usual_month, city

from tanggap.cli import cli
from tanggap.errors import InputError


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with city(tmp_path_factory.mktemp("usual")) as running:
        a_usual_month(running)
        yield running


def recap(made: City, *arguments: object) -> Result:
    return CliRunner().invoke(
        cli,
        ["--config", str(made.config.path), "recap", *map(str, arguments)],
        catch_exceptions=False,
    )


def command(made: City, *arguments: str) -> list[str]:
    path = str(made.config.path)
    return [sys.executable, "-m", "tanggap", "--config", path, "recap", *arguments]


def refusal(made: City, *arguments: object) -> str:
    with pytest.raises(InputError) as caught:
        recap(made, *arguments)
    return str(caught.value)


def table(made: City, *arguments: object) -> Any:
    return json.loads(recap(made, *arguments, "--json").stdout)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_two_files_are_written_and_named_on_stdout(usual: City, tmp_path: Path) -> None:
    done = recap(usual, "--month", "2025-10", "--out", tmp_path)
    assert done.exit_code == 0
    names = ["rekap-2025-10.xlsx", "rekap-2025-10.pdf"]
    assert done.stdout.splitlines() == [str(tmp_path / name) for name in names]
    assert sorted(digests(tmp_path)) == sorted(names)


def test_a_second_run_writes_the_same_bytes(usual: City, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        recap(usual, "--month", "2025-10", "--out", tmp_path / name)
    assert digests(tmp_path / "first") == digests(tmp_path / "second")
    again = ("--as-of", "2025-11-15T00:00", "--force", "--out", tmp_path / "second")
    recap(usual, "--month", "2025-10", *again)
    assert digests(tmp_path / "first") == digests(tmp_path / "second"), "as the method says"


def test_another_process_writes_the_same_bytes(usual: City, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run(
            command(usual, "--week", "2025-W41", "--out", str(folder)),
            check=True,
            capture_output=True,
            timeout=60,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    assert digests(tmp_path / "1") == digests(tmp_path / "2")
    assert sorted(digests(tmp_path / "1")) == ["rekap-2025-W41.pdf", "rekap-2025-W41.xlsx"]


def test_json_prints_the_tables_and_writes_nothing(
    usual: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = table(usual, "--month", "2025-10")
    assert list(tmp_path.iterdir()) == []
    assert found["period"]["name"] == "Oktober 2025"
    assert found["as_of"] == "2025-11-14T17:00:00.000Z"
    assert found["total"]["received"] == sum(row["received"] for row in found["opd"]) == 11
    assert found["total"]["median_minutes"] == 105
    assert [row["id"] for row in found["kecamatan"]] == ["cibeureum", None]
    assert found["left_out"] == {"triage": 1, "aside": 1, "came_later": 1}
    assert found["longest"][2] | {"id": 0, "posted_at": ""} == {
        "id": 0, "opd": None, "sector": None, "sensitive": True, "posted_at": "",
        "age_seconds": 28 * 86_400 + 15 * 3600, "overdue": True,
    }  # fmt: skip
    assert found["coverage"]["sentence"]


def test_the_same_days_by_another_option_have_the_same_figures(usual: City) -> None:
    month = table(usual, "--month", "2025-10")
    days = table(usual, "--from", "2025-10-01", "--to", "2025-10-31")
    assert days["total"] == month["total"]
    assert days["opd"] == month["opd"]
    assert days["before"]["first"] == "2025-08-31", "as many days before"


def test_without_an_option_it_is_the_last_whole_month(usual: City, tmp_path: Path) -> None:
    done = recap(usual, "--out", tmp_path)
    assert done.exit_code == 0
    [name] = {path.stem for path in tmp_path.iterdir()}
    before = usual.config.clock.now().strftime("%Y-%m")
    assert name.removeprefix("rekap-") < before


def test_files_are_overwritten_only_by_force(usual: City, tmp_path: Path) -> None:
    kept = tmp_path / "rekap-2025-10.pdf"
    kept.write_text("ditandatangani", encoding="utf-8")
    said = refusal(usual, "--month", "2025-10", "--out", tmp_path)
    assert said.startswith(str(kept))
    assert "--force" in said
    assert list(tmp_path.iterdir()) == [kept]
    assert kept.read_text(encoding="utf-8") == "ditandatangani"
    assert recap(usual, "--month", "2025-10", "--out", tmp_path, "--force").exit_code == 0
    assert kept.read_bytes().startswith(b"%PDF")


def test_a_folder_that_is_not_there_is_named(usual: City, tmp_path: Path) -> None:
    assert "folder tidak ada" in refusal(usual, "--month", "2025-10", "--out", tmp_path / "rekap")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--month", "2025-10", "--week", "2025-W41"), "pilih satu saja"),
        (("--month", "2025-13"), "2026-10"),
        (("--week", "41"), "2026-W43"),
        (("--from", "2025-10-01"), "--to harus"),
        (("--from", "2025-10-02", "--to", "2025-10-01"), "lebih awal"),
        (("--month", "2098-01"), "belum mulai"),
        (("--month", "2025-10", "--as-of", "kemarin"), "--as-of: 'kemarin' bukan waktu"),
        (("--month", "2025-10", "--as-of", "2098-01-01"), "masih di depan"),
        (("--month", "2025-10", "--as-of", "2025-09-01"), "lebih awal"),
    ],
)
def test_a_slip_is_one_line_with_the_remedy(
    usual: City, arguments: tuple[str, ...], said: str
) -> None:
    refused = refusal(usual, *arguments)
    assert said in refused
    assert "\n" not in refused


def test_json_and_files_exclude_each_other(usual: City, tmp_path: Path) -> None:
    done = recap(usual, "--month", "2025-10", "--json", "--out", tmp_path)
    assert done.exit_code == 2
    assert "--json tidak menulis berkas" in done.output


def test_a_process_ends_with_two_and_the_message(usual: City) -> None:
    done = subprocess.run(
        command(usual, "--month", "Oktober"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "bulan 'Oktober' tidak dikenal; tulis misalnya 2026-10\n"
