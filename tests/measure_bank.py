"""The shipped model on the simulator's text bank, which was written apart from the corpus.

    .venv/bin/python tests/measure_bank.py

Prints what `tanggap tune evaluate --json` says of it.
"""

import csv
import json
import tempfile
from importlib.resources import files
from pathlib import Path

from tanggap.cli import main

COLUMNS = ("text", "jenis", "sector", "mentioned_opd", "kecamatan", "urgent", "parent_text")

if __name__ == "__main__":
    bank = (files("tanggap.simulator") / "texts.jsonl").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            for line in bank.splitlines():
                row = json.loads(line)
                writer.writerow(row | {"urgent": "1" if row.get("urgent") else "0"})
        main(["tune", "evaluate", "--data", str(path), "--json"])
