"""Money demanded for a public service is sensitive, named as pungli or not; talk of it is not."""

import pytest
from classifier_support import decide, mention, policy
from hypothesis import given
from hypothesis import strategies as st

from classifier import rules_only
from classifier.levies import levies
from classifier.text import words_of
from tanggap.advice import Case, advised
from tanggap.advice import given as given_advice

DEMANDED = (
    "min tolong, ada pungli di kelurahan Mekarwangi, bikin KTP harus bayar",
    "masih aja pungli waktu urus KK di loket 3",
    "petugasnya pungli terang-terangan di samsat",
    "bikin akta lahir dimintain 200rb sama orang dalam",
    "pak lurah minta uang buat tanda tangan surat tanah",
    "urus SKTM kok diminta membayar Rp50.000",
    "SDN Karangsari 2 dipungli lagi tiap kenaikan kelas",
    "pegawai kecamatan njaluk dhuwit nggo legalisir",
    "staf desa meminta seratus... eh minta 150 ribu per berkas PTSL",
)
TALKED_OF = (
    "Kelurahan Mekarwangi bebas pungli! Semua layanan gratis",
    "Yuk bersama berantas pungli di kantor pelayanan publik",
    "Inspektorat gelar sosialisasi anti pungli untuk lurah dan camat",
    "Polisi menangkap, kasus pungli petugas parkir: dua tersangka, ujar kapolres",
    "deklarasi pakta integritas, stop pungli di sekolah",
    "kalau mau melaporkan pungli di kecamatan lewat mana ya",
    "terima kasih petugas kelurahan, urus KK cepat dan ga pernah minta uang",
    "laporan pungli kelurahan kemarin sudah ditindak, mantap",
    "juru parkir minta 5rb di minimarket",
    "calo minta uang di stasiun",
    "minta surat keterangan domisili syaratnya apa",
    "petugas loket minta fotokopi KTP dua lembar",
    "diminta uang muka di loket rumah sakit",
    "tolong dong lampu jalan, minta tolong, sudah gelap",
)


@pytest.mark.parametrize("text", DEMANDED)
def test_money_demanded_for_a_service_is_sensitive_without_an_oknum(text: str) -> None:
    assert "oknum" not in text
    assert levies(words_of(text))
    decision = decide(text)
    assert decision.sensitive.on
    because = [reason for reason in decision.because if reason.startswith("sensitif:")]
    assert because != ["sensitif:model"]
    case = Case(False, True, "pemerintahan", because, text)
    assert advised(given_advice(()), case)[0].id == "wewenang"


@pytest.mark.parametrize("text", TALKED_OF)
def test_campaigns_news_questions_and_thanks_stay_out(text: str) -> None:
    assert levies(words_of(text)) == []


def test_an_announcement_that_asks_nothing_is_left_out_by_the_model_too() -> None:
    text = "Inspektorat tangani dugaan pungli sertifikat di kantor kelurahan, Selasa (3/11)"
    assert levies(words_of(text))
    assert not decide(text).sensitive.on


def test_without_a_model_the_words_decide_alone() -> None:
    decision = rules_only(policy()).decide([mention("pungli di loket KTP")])[0]
    assert decision.sensitive.on
    assert "sensitif:pungli loket" in decision.because


@given(st.lists(st.sampled_from(" ".join((*DEMANDED, *TALKED_OF)).lower().split()), max_size=40))
def test_any_words_are_read_and_at_most_one_reason_is_given(words: list[str]) -> None:
    assert len(levies(words_of(" ".join(words)))) <= 1
