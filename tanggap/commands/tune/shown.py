"""How figures of models are shown on a terminal."""

import json
from typing import Any

from tanggap.tuning.comparison import PARTS, SHOWN
from tanggap.wording import number

COUNTED = {
    "sector": "sektor",
    "asked": "ada permintaan",
    "opd": "OPD",
    "routed": "salah OPD tanpa orang",
}


def as_json(report: dict[str, Any]) -> str:
    """Return a report as one line of JSON."""
    return json.dumps(report, ensure_ascii=False)


def flat(figures: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the plain numbers of a report, and those one level down as `part.name`."""
    pairs: list[tuple[str, Any]] = []
    for key, value in figures.items():
        if key == "per_label":
            continue
        if isinstance(value, dict):
            pairs.extend((f"{key}.{name}", number) for name, number in value.items())
        else:
            pairs.append((key, value))
    return pairs


def table(report: dict[str, Any]) -> str:
    """Return the lines of an evaluation."""
    lines = [f"model {report['model']}, {number(report['n'])} teks"]
    for part, names in SHOWN:
        figures = ", ".join(f"{name} {figure(report[part][name])}" for name in names)
        lines.append(f"{part:8}{figures}")
    for part in ("jenis", "sector"):
        for label, row in report[part]["per_label"].items():
            lines.append(
                f"  {part} {label:24}n {number(row['n']):>6}  presisi {figure(row['precision'])}  "
                f"recall {figure(row['recall'])}  f1 {figure(row['f1'])}"
            )
    for kind, found in report["unknown_labels"].items():
        counted = ", ".join(f"{label} {number(times)}" for label, times in found.items())
        lines.append(f"tidak dikenal ({kind}): {counted}")
    return "\n".join(lines)


def comparison(report: dict[str, Any]) -> str:
    """Return the lines of a comparison."""
    old, new = report["old"], report["new"]
    lines = [f"{old['model']} -> {new['model']}, {number(new['n'])} teks"]
    for part, names in SHOWN:
        for name in names:
            if name != "n":
                before, after = old[part][name], new[part][name]
                change = report["difference"][part][name]
                lines.append(
                    f"{part} {name:20}{figure(before)} -> {figure(after)}"
                    + ("" if change is None else f" ({_change(change)})")
                )
    for part in PARTS:
        won, lost = number(report[f"{part}_won"]), number(report[f"{part}_lost"])
        p = figure(report[f"{part}_p"])
        lines.append(f"{COUNTED[part]}: {won} membaik, {lost} memburuk, p {p}")
    return "\n".join(lines)


def _change(change: float) -> str:
    return f"{'+' if change >= 0 else '-'}{number(abs(change), 4)}"


def figure(value: object) -> str:
    """Return a figure as people write it; a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return number(value, 4 if isinstance(value, float) else 0)
