"""Measuring on the real texts of EVAL_DATA, tried here on invented ones of the same form."""

import json

import pytest
from classifier_support import baseline, policy, write_lines
from tuning_support import runner

from tanggap.errors import InputError
from tanggap.tuning import benchmarks


@pytest.fixture
def tanggap(capsys, monkeypatch):
    return runner(capsys, monkeypatch)


@pytest.fixture
def data(tmp_path, monkeypatch):
    write_lines(
        tmp_path / "surabaya.csv",
        "text,sector,opd,topik,kecamatan,kelurahan,date",
        "jalan berlubang dalam,jalan,x,Jalan,a,b,2022-01-01",
        "kelurahan tutup,kewilayahan,x,y,a,b,2022-01-01",
        "jukir liar minta uang paksa,perhubungan,x,Jukir Liar,a,b,2022-01-01",
    )
    write_lines(
        tmp_path / "bandung.csv",
        "text,opd,sector",
        "lampu jalan padam gelap,Dishub,perhubungan",
        "lampu jalan mati,DSDABM,jalan|drainase_banjir",
        "saluran air mampet banjir,DSDABM,jalan|drainase_banjir",
    )
    write_lines(
        tmp_path / "purbalingga.csv",
        "text,label",
        "ktp saya belum jadi,Pelayanan Publik",
        "jalan desa rusak berlubang,Infrastruktur",
    )
    write_lines(
        tmp_path / "sp4n_tweets.csv",
        "text,label",
        "laporan saya tidak ditanggapi sampai sekarang min,Negatif",
        "Rapat koordinasi pengelolaan pengaduan digelar hari ini,Netral",
    )
    monkeypatch.setenv("EVAL_DATA", str(tmp_path))
    return tmp_path


def test_each_set_is_scored_by_its_own_mapping_and_a_missing_one_is_said(data):
    report = benchmarks.run(baseline(), policy(), benchmarks.folder())
    assert report["model"] == baseline().version
    assert report["surabaya"]["n"] == 2
    assert report["surabaya"]["apart"]["jukir liar"]["n"] == 1
    assert report["bandung"]["n"] == 3
    assert report["bandung"]["apart"]["street lights"]["n"] == 1
    assert report["bandung"]["accuracy_without_apart"] == 1.0
    assert report["purbalingga"]["accuracy"] == 1.0
    assert report["sp4n_tweets"]["negatif"]["n"] == 1
    assert report["sp4n_tweets"]["false_alarm_rate"] == 0.0
    assert report["kai_mentions"] is None
    assert report["complaints"]["n"] == 8


def test_the_report_holds_figures_only(data):
    text = json.dumps(benchmarks.run(baseline(), policy(), data))
    for word in ("berlubang", "mampet", "ditanggapi"):
        assert word not in text


def test_the_command_prints_json_or_lines(data, tanggap):
    report = json.loads(tanggap("tune", "benchmark", "--json")[0])
    assert report["bandung"]["n"] == 3
    shown = tanggap("tune", "benchmark")[0]
    assert "kai_mentions: berkas tidak ada" in shown


@pytest.mark.parametrize("value", [None, "/tidak/ada"])
def test_without_the_folder_it_says_so_and_skips(monkeypatch, value):
    if value is None:
        monkeypatch.delenv("EVAL_DATA", raising=False)
    else:
        monkeypatch.setenv("EVAL_DATA", value)
    with pytest.raises(InputError, match="EVAL_DATA"):
        benchmarks.folder()
