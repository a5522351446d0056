import pytest
from classifier_support import decide, other_city, policy

from classifier.places import AUTOMATIC, Gazetteer, place_of, streets
from classifier.text import words_of


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
        ("daerah Cibeureum Wetan", "cibeureum"),
        ("skmj selatan", "sukamaju_selatan"),
        ("Kec. Karangsari, kel. Jatimulya", "karangsari"),
    ],
)
def test_a_prefix_or_a_name_of_several_words_is_enough(text, kecamatan):
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
    ],
)
def test_a_single_word_a_street_or_a_building_is_only_a_suggestion(text, kecamatan):
    place = find(text)
    assert place is not None
    assert place.label == kecamatan
    assert place.confidence < AUTOMATIC


def test_two_sure_places_leave_it_to_a_person():
    place = find("dari kec. Karangsari ke kec. Cibeureum macet")
    assert place is not None
    assert place.confidence < AUTOMATIC
    assert {label for label, _ in place.top} == {"karangsari", "cibeureum"}


def test_a_name_of_two_kecamatan_is_never_sure():
    place = find("kel. Sukamulya banjir", other_city())
    assert place is not None
    assert place.confidence < AUTOMATIC
    assert {label for label, _ in place.top} == {"utara", "selatan"}


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
