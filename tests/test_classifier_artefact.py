import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from classifier_support import BASELINE, artefact, policy
from model_support import unpack

import models
from classifier import artefact as module
from classifier import load, load_bytes
from classifier.artefact import (
    FLAGS,
    MODEL_FILE,
    WEIGHTS_FILE,
    pack,
    read,
    read_packed,
    save,
)
from tanggap.errors import ModelError
from tanggap.mention import JENIS
from tanggap.sectors import SECTORS

MAX_BYTES = 8 * 1024 * 1024


@pytest.fixture
def folder(tmp_path):
    save(artefact(), tmp_path)
    return tmp_path


def header(folder):
    return json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))


def change(folder, **values):
    changed = {**header(folder), **values}
    (folder / MODEL_FILE).write_text(json.dumps(changed), encoding="utf-8")


def arrays(folder):
    with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as file:
        return dict(file)


def write_arrays(folder, **values):
    np.savez_compressed(folder / WEIGHTS_FILE, **{**arrays(folder), **values})


def test_what_is_saved_is_read_back_and_the_same_content_gives_the_same_bytes(folder, tmp_path):
    again = read(folder)
    assert again.digest == artefact().digest
    assert again.version == f"{artefact().name}-{artefact().digest[:12]}"
    other = tmp_path / "other"
    save(again, other)
    for name in (MODEL_FILE, WEIGHTS_FILE):
        assert (other / name).read_bytes() == (folder / name).read_bytes()


def test_the_shipped_artefact_is_sound_small_and_knows_the_labels():
    shipped = read(BASELINE)
    assert shipped.digest == header(BASELINE)["digest"]
    assert shipped.jenis == JENIS
    assert set(shipped.sectors) == set(SECTORS)
    files = [path for path in BASELINE.iterdir() if path.name in (MODEL_FILE, WEIGHTS_FILE)]
    assert len(files) == 2
    assert sum(path.stat().st_size for path in files) <= MAX_BYTES
    card = (BASELINE / "CARD.md").read_text(encoding="utf-8")
    assert shipped.digest in card
    assert shipped.version in card


def _missing_model(folder):
    (folder / MODEL_FILE).unlink()


def _missing_weights(folder):
    (folder / WEIGHTS_FILE).unlink()


def _truncated_model(folder):
    path = folder / MODEL_FILE
    path.write_bytes(path.read_bytes()[:-2000])


def _truncated_weights(folder):
    path = folder / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:-5000])


def _empty_weights(folder):
    (folder / WEIGHTS_FILE).write_bytes(b"")


def _spoilt_weights(folder):
    path = folder / WEIGHTS_FILE
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(bytes(data))


def _pickle(folder):
    write_arrays(folder, idf=np.array([{"a": 1}], dtype=object))


def _newer_format(folder):
    change(folder, format=99)


def _no_format(folder):
    (folder / MODEL_FILE).write_text('{"a": 1}')


def _a_list(folder):
    (folder / MODEL_FILE).write_text("[]")


def _deep(folder):
    (folder / MODEL_FILE).write_text("[" * 200_000)


def _not_utf8(folder):
    (folder / MODEL_FILE).write_bytes(b"\xff\xfe{}")


def _wrong_digest(folder):
    change(folder, created="1999-01-01")


def _changed_weight(folder):
    weights = arrays(folder)["weights"]
    weights[0, 0] += 1
    write_arrays(folder, weights=weights)


def _nan(folder):
    weights = arrays(folder)["weights"]
    weights[3, 3] = np.nan
    write_arrays(folder, weights=weights)


def _infinite_threshold(folder):
    change(folder, thresholds={**header(folder)["thresholds"], "urgent": float("inf")})


def _array_missing(folder):
    kept = arrays(folder)
    del kept["idf"]
    np.savez_compressed(folder / WEIGHTS_FILE, **kept)


def _wrong_shape(folder):
    write_arrays(folder, intercepts=np.zeros(3, np.float32))


def _wrong_type(folder):
    write_arrays(folder, idf=arrays(folder)["idf"].astype(np.float64))


def _unknown_sector(folder):
    change(folder, sectors=["antariksa", *header(folder)["sectors"][1:]])


def _unknown_jenis(folder):
    change(folder, jenis=["gosip", *header(folder)["jenis"][1:]])


def _doubled_label(folder):
    change(folder, jenis=["spam", "spam", *header(folder)["jenis"][2:]])


def _threshold_missing(folder):
    thresholds = header(folder)["thresholds"]
    del thresholds["sector"]["jalan"]
    change(folder, thresholds=thresholds)


def _calibration_missing(folder):
    calibration = header(folder)["calibration"]
    del calibration["urgent"]
    change(folder, calibration=calibration)


def _calibration_short(folder):
    calibration = header(folder)["calibration"]
    calibration["jenis"]["shift"] = [0.0]
    change(folder, calibration=calibration)


def _cold(folder):
    calibration = header(folder)["calibration"]
    calibration["sector"]["temperature"] = 0.0
    change(folder, calibration=calibration)


def _thresholds_wrong_kind(folder):
    change(folder, thresholds=[1, 2])


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_missing_model, "berkas model tidak ada"),
        (_missing_weights, "berkas bobot tidak ada"),
        (_truncated_model, "bukan JSON yang utuh"),
        (_truncated_weights, "rusak atau terpotong"),
        (_empty_weights, "rusak atau terpotong"),
        (_spoilt_weights, "rusak atau terpotong"),
        (_pickle, "rusak atau terpotong"),
        (_newer_format, "format 99 tidak dikenal"),
        (_no_format, "bukan model Tanggap"),
        (_a_list, "bukan model Tanggap"),
        (_deep, "bukan JSON yang utuh"),
        (_not_utf8, "bukan JSON yang utuh"),
        (_wrong_digest, "sidik"),
        (_changed_weight, "sidik"),
        (_nan, "NaN"),
        (_infinite_threshold, "NaN atau tak hingga"),
        (_array_missing, "larik bobot kurang"),
        (_wrong_shape, "salah ukuran"),
        (_wrong_type, "salah ukuran atau jenis"),
        (_unknown_sector, "sektor `antariksa` tidak dikenal"),
        (_unknown_jenis, "jenis `gosip` tidak dikenal"),
        (_doubled_label, "kosong atau berulang"),
        (_threshold_missing, "ambang sektor"),
        (_calibration_missing, "tidak lengkap"),
        (_calibration_short, "kalibrasi tidak sesuai"),
        (_cold, "suhu kalibrasi"),
        (_thresholds_wrong_kind, "tidak lengkap"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_spoilt_artefact_is_refused_with_one_clear_line(folder, spoil, words):
    spoil(folder)
    with pytest.raises(ModelError) as caught:
        load(folder, policy())
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def test_an_archive_that_unpacks_to_a_giant_is_refused_before_it_is_read(folder, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 5_000_000)
    big = io.BytesIO()
    with zipfile.ZipFile(big, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.npy", bytes(6_000_000))
    (folder / WEIGHTS_FILE).write_bytes(big.getvalue())
    with pytest.raises(ModelError, match="terlalu besar"):
        read(folder)
    (folder / MODEL_FILE).write_bytes(b" " * 6_000_000)
    with pytest.raises(ModelError, match="terlalu besar"):
        read(folder)


def test_a_folder_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / MODEL_FILE).mkdir()
    with pytest.raises(ModelError, match="tidak dapat dibaca"):
        read(tmp_path)


def test_every_part_of_the_content_is_under_the_digest():
    base = artefact()
    calibrated = {
        **base.flag_calibration,
        FLAGS[0]: replace(base.flag_calibration[FLAGS[0]], slope=9.0),
    }
    for other in (
        replace(base, name="x"),
        replace(base, n_texts=1),
        replace(base, jenis_lead=base.jenis_lead + 1.0),
        replace(base, thresholds=replace(base.thresholds, aside_below=0.123)),
        replace(base, flag_calibration=calibrated),
        replace(base, intercepts=base.intercepts + 1),
    ):
        assert other.digest != base.digest


def test_loading_and_deciding_needs_no_scikit_learn():
    script = (
        "import sys, classifier, models\n"
        "from classifier.dataset import Example, mention_of\n"
        "from tanggap.tuning.setting import policy_of\n"
        "c = classifier.load(models.path('baseline'), policy_of(None))\n"
        "assert c.decide([mention_of(Example('jalan rusak'))])[0].sector.label == 'jalan'\n"
        "assert 'sklearn' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_name_is_the_shipped_folder_and_anything_else_a_path(tmp_path):
    assert models.path("baseline") == BASELINE
    assert models.path(str(tmp_path)) == tmp_path


# --- one value


def test_what_is_packed_is_read_back_and_the_same_artefact_gives_the_same_bytes(folder, tmp_path):
    packed = pack(folder)
    assert pack(folder) == packed
    assert read_packed(packed).digest == artefact().digest
    assert load_bytes(packed, policy()).version == artefact().version
    assert unpack(packed, tmp_path / "other").digest == artefact().digest
    for name in (MODEL_FILE, WEIGHTS_FILE):
        assert (tmp_path / "other" / name).read_bytes() == (folder / name).read_bytes()


def test_a_folder_that_is_not_sound_is_not_packed(folder):
    _nan(folder)
    with pytest.raises(ModelError):
        pack(folder)


def _zip(**files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_json", ".json").replace("_npz", ".npz"), content)
    return made.getvalue()


def test_a_pack_that_is_not_ours_is_refused_and_nothing_is_written(folder, tmp_path, monkeypatch):
    packed = pack(folder)
    foreign = {
        "empty": b"",
        "no zip": b"x" * 100,
        "truncated": packed[:-3000],
        "spoilt": packed[: len(packed) // 2] + bytes(500) + packed[len(packed) // 2 + 500 :],
        "another name": _zip(**{"../model_json": b"{}", "weights_npz": b""}),
        "one more": _zip(model_json=b"{}", weights_npz=b"", lain=b""),
        "one less": _zip(model_json=b"{}"),
        "hollow": _zip(model_json=b"{}", weights_npz=b""),
    }
    for what, content in foreign.items():
        with pytest.raises(ModelError):
            unpack(content, tmp_path / "out")
        assert not (tmp_path / "out").exists(), what
        with pytest.raises(ModelError, match=r"^model x"):
            read_packed(content, "model x")
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(ModelError, match="terlalu besar"):
        read_packed(packed)


def test_an_array_that_claims_a_size_beyond_all_bounds_is_refused(folder):
    header_of = b"{'descr': '<f4', 'fortran_order': False, 'shape': (9000000000000000,), }"
    lie = b"\x93NUMPY\x01\x00" + len(header_of).to_bytes(2, "little") + header_of
    made = io.BytesIO()
    with zipfile.ZipFile(folder / WEIGHTS_FILE) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, lie if name == "idf.npy" else old.read(name))
    (folder / WEIGHTS_FILE).write_bytes(made.getvalue())
    with pytest.raises(ModelError, match="rusak"):
        read(folder)
