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
    # who asks for help, or asks where to report it, is a victim all the same
    "petugas kelurahan minta uang 200rb, kalau tidak bayar KTP tidak diproses",
    "petugas pungli di loket KK, tolong ditindak",
    "petugas pungli di loket KK, mohon diusut",
    "petugas pungli di loket KK, mohon langsung ditindak",
    "pungli di samsat, tolong pelakunya ditangkap dan uang kami dikembalikan",
    "petugas KUA pungli, pelapor malah dimarahi",
    "urus KTP di kelurahan dipungli, prosedur macam apa ini",
    "lurah minta duit, lapor ke mana?",
    "staf kecamatan mintain uang 100rb buat KK, waspada kalau ke sana, tolong diproses",
    "petugas loket itu pernah minta uang 50rb ke ibu saya",
    "petugas kelurahan datang ke warga minta uang 50rb",
    "pak lurah desa gue tiap ttd surat minta uang 50rb",
    "staf mengatasnamakan lurah minta uang 100rb buat suket",
    "pungli di samsat, minta uang kembali ke mana ya",
    # amounts, as they are written
    "lurah minta Rp 50.000 buat suket",
    "lurah minta Rp. 1,5 juta",
    "diminta menyetor Rp35 juta sama orang dinas buat sertifikat",
    # of whom it is demanded, the official may stand on either side
    "kami diminta 150rb oleh pegawai kelurahan",
    "warga dipalak 50rb di loket samsat",
    "kami pegawai kelurahan dimintai uang 2 juta supaya dilantik",
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
    "good job, pungli di kelurahan benar-benar diproses dan uang warga sudah dikembalikan",
    "lapor pungli ke mana ya, soal kelurahan kami",
    "laporin pungli di kantor kecamatan identitas pelapor dirahasiain ga?",
    "apel pagi, lurah ingatkan bahaya pungli",
    "hati-hati terhadap pihak yang mengatasnamakan pejabat dan meminta transfer uang",
    "petugas loket ramah, KTP jadi tanpa diminta uang sepeser pun",
    # no money
    "Pak camat, warga minta RPTRA dibuka lagi",
    "petugas dinas minta RPH dibersihkan",
    "camat minta RPJMD dibaca dulu",
    # an office or an official is asked for money, or asks for its own pay
    "kami pegawai kebersihan minta uang lembur dibayar",
    "saya staf honorer kelurahan minta uang lembur dibayar",
    "pak lurah, warga minta uang kompensasi banjir dicairkan",
    "pak camat mohon, kami cuma minta uang ganti rugi",
    "minta uang kembalian parkir dong, petugas di pasar ke mana",
    "masyarakat minta duit bansos cair, kelurahan diam",
)
CAMPAIGNS = ("bebas pungli", "berantas pungli", "stop pungli", "Satgas Saber Pungli")
SAID = sorted(set(" ".join((*DEMANDED, *TALKED_OF)).lower().split()))
DEMANDS = ("minta", "malak", "palak", "jaluk")


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


@given(
    st.lists(st.sampled_from([word for word in SAID if not any(one in word for one in DEMANDS)])),
    st.sampled_from(CAMPAIGNS),
    st.integers(0),
)
def test_beside_a_campaign_the_word_alone_says_nothing(
    words: list[str], campaign: str, at: int
) -> None:
    words.insert(at % (len(words) + 1), campaign)
    assert levies(words_of(" ".join(words))) == []


@given(st.lists(st.sampled_from((*SAID, *CAMPAIGNS))))
def test_no_words_after_it_silence_a_demand(words: list[str]) -> None:
    text = " ".join(("petugas kelurahan minta uang 200rb.", *words))
    assert levies(words_of(text)) != []
