import pytest
from classifier_support import decide, other_city, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.places import AUTOMATIC, Gazetteer, place_of, streets
from classifier.text import words_of

NAMES = [
    "kec", "kel", "jl", "di", "raya", "indah", "puskesmas", "karangsari", "cibeureum", "wetan",
    "jatimulya", "tanjung", "rejo", "sukamaju", "utara", "selatan", "mekarwangi", "banjarwangi",
]  # fmt: skip


def find(text, city=None):
    return place_of(Gazetteer(city or policy()).find(words_of(text)))


@pytest.mark.parametrize(
    ("text", "kecamatan"),
    [
        ("jalan rusak di kec. Karangsari", "karangsari"),
        ("kecamatan cibeureum banjir", "cibeureum"),
        ("warga Kel.Jatimulya", "karangsari"),
        ("ds. ngadirejo gelap", "tanjungrejo"),
        ("KELURAHAN PASIRJAYA", "sukamaju_selatan"),
        ("di sukamaju utara mati lampu", "sukamaju_utara"),
        ("warga skmj selatan", "sukamaju_selatan"),
        ("Kec. Karangsari, kel. Jatimulya", "karangsari"),
        ("pak lurah Ngadirejo tolong", "tanjungrejo"),
        ("ibu camat cibeureum", "cibeureum"),
        ("kecmatan karangsari", "karangsari"),
        ("klurahan margahayu", "sukamaju_selatan"),
        ("Jatimulya Karangsari gelap", "karangsari"),
        ("banjir di mekarwangi, sukamaju utara", "sukamaju_utara"),
        ("jl. Jatimulya 3 Karangsari", "karangsari"),
    ],
)
def test_a_prefix_or_two_names_that_agree_are_enough(text, kecamatan):
    place = find(text)
    assert place is not None
    assert (place.label, place.confidence >= AUTOMATIC) == (kecamatan, True)


@pytest.mark.parametrize(
    ("text", "kecamatan"),
    [
        ("warga Jatimulya mengeluh", "karangsari"),
        ("Jl. Karangsari Raya berlubang", "karangsari"),
        ("jalan karangsari rusak", "karangsari"),
        ("Karangsari Raya macet", "karangsari"),
        ("Jl. Sukamaju Utara macet", "sukamaju_utara"),
        ("puskesmas banjarwangi tutup", "banjarwangi"),
        ("daerah Cibeureum Wetan", "cibeureum"),
        ("perumahan karangsari macet", "karangsari"),
        ("kecepatan karangsari", "karangsari"),
    ],
)
def test_a_name_alone_a_street_or_a_building_is_only_a_suggestion(text, kecamatan):
    place = find(text)
    assert place is not None
    assert place.label == kecamatan
    assert place.confidence < AUTOMATIC


@pytest.mark.parametrize(
    "text",
    [
        "dari kec. Karangsari ke kec. Cibeureum macet",
        "kec. Karangsari arah cibeureum macet",
        "jatimulya karangsari sampai Cibeureum",
    ],
)
def test_two_named_places_leave_it_to_a_person(text):
    place = find(text)
    assert place is not None
    assert place.confidence < AUTOMATIC
    assert {label for label, _ in place.top} == {"karangsari", "cibeureum"}


def test_a_street_that_bears_another_kecamatans_name_does_not_unsettle_a_sure_one():
    place = find("Jl. Cibeureum no 5 kec. Karangsari")
    assert place is not None
    assert (place.label, place.confidence >= AUTOMATIC) == ("karangsari", True)


def test_a_name_of_two_kecamatan_is_never_sure():
    place = find("kel. Sukamulya banjir", other_city())
    assert place is not None
    assert place.confidence < AUTOMATIC
    assert {label for label, _ in place.top} == {"utara", "selatan"}


@pytest.mark.parametrize("text", ["sukamulya, selatan", "kel. Sukamulya kec. Selatan"])
def test_another_name_tells_which_of_two_kecamatan_is_meant(text):
    place = find(text, other_city())
    assert place is not None
    assert (place.label, place.confidence >= AUTOMATIC) == ("selatan", True)


@pytest.mark.parametrize(
    ("text", "kecamatan"),
    [
        ("kec. karang sari", "karangsari"),
        ("kel. Tandjoeng Redjo", "tanjungrejo"),
        ("kel tanjung rejo", "tanjungrejo"),
        ("kec. Tjibeureum", "cibeureum"),
        ("kel. Pasir Jaya", "sukamaju_selatan"),
        ("kel. Mekarwanggi", "sukamaju_utara"),
        ("kel. mekrwangi", "sukamaju_utara"),
        ("kel. marghayu", "sukamaju_selatan"),
        ("kec. karangsri", "karangsari"),
        ("kec. banjarwngi", "banjarwangi"),
    ],
)
def test_old_split_and_slightly_wrong_spellings_are_found(text, kecamatan):
    place = find(text)
    assert place is not None
    assert (place.label, place.confidence >= AUTOMATIC) == (kecamatan, True)


@pytest.mark.parametrize("text", ["mekrwangi gelap", "kec. karanganyar", "desa kami", "kel. saya"])
def test_a_wrong_letter_counts_only_after_a_prefix_and_only_one(text):
    assert find(text) is None


@pytest.mark.parametrize(
    "text", ["Karangsari Indah banjir", "pondok jatimulya", "margahayu regency", "Jatimulya Permai"]
)
def test_a_name_inside_another_name_is_no_place(text):
    assert find(text) is None


def with_streets(**streets):
    return policy().model_copy(update={"jalan": streets})


def test_a_street_of_the_policy_tells_its_kecamatan():
    city = with_streets(melati=("karangsari",), **{"Jl. Raya Kenanga": ("cibeureum",)})
    for text, kecamatan in (
        ("lubang di jl. Melati", "karangsari"),
        ("jalan melati 3 gelap", "karangsari"),
        ("Jln Raya Kenanga banjir", "cibeureum"),
    ):
        place = find(text, city)
        assert place is not None
        assert (place.label, place.confidence >= AUTOMATIC) == (kecamatan, True)
        assert find(text) is None


def test_a_flower_is_no_street_and_a_long_street_is_only_a_suggestion():
    city = with_streets(melati=("karangsari",), **{"raya kenanga": ("cibeureum", "karangsari")})
    assert find("bunga melati di taman layu", city) is None
    place = find("Jl. Raya Kenanga macet", city)
    assert place is not None
    assert place.confidence < AUTOMATIC
    assert {label for label, _ in place.top} == {"cibeureum", "karangsari"}
    there = find("Jl. Raya Kenanga, Jatimulya", city)
    assert there is not None
    assert (there.label, there.confidence >= AUTOMATIC) == ("karangsari", True)


def test_the_policys_word_on_a_street_beats_the_kecamatan_that_it_is_called_after():
    place = find("Jl. Cibeureum berlubang", with_streets(cibeureum=("banjarwangi",)))
    assert place is not None
    assert (place.label, place.confidence >= AUTOMATIC) == ("banjarwangi", True)


@settings(deadline=None)
@given(st.lists(st.sampled_from(NAMES), max_size=12))
def test_whatever_stands_together_at_most_one_place_is_sure_and_none_is_invented(words):
    place = find(" ".join(words))
    if place is None:
        return
    assert {label for label, _ in place.top} <= set(policy().kecamatan)
    assert sum(share >= AUTOMATIC for _, share in place.top) <= 1
    assert place.top[0] == (place.label, place.confidence)
    assert [share for _, share in place.top] == sorted(
        (share for _, share in place.top), reverse=True
    )


@pytest.mark.parametrize("text", ["", "jalan berlubang", "@karangsari halo", "karangsarix"])
def test_no_name_no_place(text):
    assert find(text) is None


def test_the_surest_mention_of_a_place_counts():
    place = find("Jl. Karangsari, kec. karangsari")
    assert place is not None
    assert place.confidence >= AUTOMATIC


def test_streets_are_named_up_to_what_is_no_name():
    text = (
        "lubang di Jl. Melati Raya dekat pasar, gg mawar 3 dan Jalan Pahlawan rusak, jln. itu lagi"
    )
    assert streets(text) == ["melati raya", "mawar 3", "pahlawan"]


def test_a_decision_says_which_name_it_saw():
    decision = decide("jalan berlubang di Jl. Melati kec. Karangsari")
    assert "tempat:karangsari" in decision.because
    assert "jalan:melati" in decision.because
