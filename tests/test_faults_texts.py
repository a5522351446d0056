"""Fault 42: texts made to break whatever reads, stores, finds, shows or exports them."""

import csv
import io
import itertools
import json
from collections.abc import Iterator

import pytest
import requests
import web_support
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_support import NOW, SPEC, mention, page, take

import daemon
import models
import router
from classifier import Classifier, load
from tanggap.cli import cli
from tanggap.policy import Policy
from tanggap.store import Store, open_store
from tanggap.store.codec import clean
from tanggap.store.rows import EVERYTHING, ItemFilter

BASES = {
    "NUL": "jalan\x00rusak",
    "lone surrogate": "jalan \ud800 rusak \udfff",
    "halves of a pair apart": "\udc00\ud800",
    "right to left override": "jalan \u202etxt.exe\u202c rusak",
    "isolates left open": "\u2066\u2067\u2068 jalan rusak",
    "zero width": "j\u200ba\u200cl\u200da\u2060n \ufeffrusak",
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 30,
    "combining marks": "jalan" + "\u0301" * 10_000,
    "nobody's characters": "\ufffe\uffff\U0001fffe\U0010ffff jalan",
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9b[31m jalan",
    "empty": "",
    "spaces": " \t\n\u00a0\u3000\u2003" * 50,
    "line separators": "jalan\u2028rusak\u2029parah\x85sekali\x0b\x0c",
    "formula": '=HYPERLINK("http://jahat.example";"klik")',
    "formula by minus": "-2+3+cmd|' /C calc'!A0",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{ 7*7 }}{% include '/etc/passwd' %}${7*7}",
    "quotes": "'\"`;--\\ DROP TABLE items; %s %d {0} :name ?1",
    "search operators": 'NEAR("jalan" "rusak") OR * ^ - AND NOT ( " ) col:',
    "one megabyte": "jalan rusak " * 87_382,
    "one word of a megabyte": "a" * 1_048_576,
    "nested brackets": "[" * 100_000,
    "digits": "1" * 5_000,
    "turkish and german": "İSTANBUL ß ẞ ſ ﬁ jalan",
    "tags of flags": "\U0001f3f4" + "\U000e0067" * 500,
    "variation selectors": "jalan" + "\ufe0f" * 2_000,
}
TEXTS = {
    **BASES,
    **{f"{name}, in a sentence": f"Tolong {text} di Jl. Merdeka" for name, text in BASES.items()},
}
NUMBERS = itertools.count()
HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=300),
    st.lists(st.sampled_from([text[:40] for text in BASES.values()]), max_size=6).map("".join),
)


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_support.Town]:
    with web_support.town(tmp_path_factory.mktemp("kota")) as town:
        yield town


@pytest.fixture(scope="module")
def classifier(install: web_support.Town) -> Classifier:
    return load(models.path("baseline"), install.config.policy)


def keep(store: Store, classifier: Classifier, policy: Policy, texts: dict[str, str]) -> None:
    """Take texts the whole way in, as a page of the daemon's."""
    wave = [
        mention(identity, text, raw=json.dumps({"text": text}), parent_text=text)
        for identity, text in texts.items()
    ]
    lease = take(store, SPEC, NOW)
    decided = daemon.decide(store, classifier, policy, wave)
    assert set(decided) == set(texts)
    accepted = store.accept(lease, page(*wave), decided, NOW)
    assert (accepted.new, accepted.rejected) == (len(texts), 0)
    store.finish(lease, NOW, NOW, "")
    while store.index_text(500):
        pass


def found_again(store: Store, texts: dict[str, str]) -> None:
    """Assert that each text can be listed, found and exported, and is what it was."""
    listed = {
        item.mention.network_id: item.mention.text
        for item in store.items(EVERYTHING, ItemFilter(), limit=10_000)
    }
    exported = {
        row.mention.network_id: row.mention.text for row in store.export(EVERYTHING, ItemFilter())
    }
    for identity, text in texts.items():
        assert listed[identity] == clean(text)
        assert exported[identity] == clean(text)
        listed[identity].encode()
        store.items(EVERYTHING, ItemFilter(text=text[:300]), limit=5)


@pytest.mark.fault(42)
def test_hostile_texts_are_stored_found_shown_and_exported_as_they_are(
    install: web_support.Town, classifier: Classifier
) -> None:
    texts = {str(9_000_000 + number): text for number, text in enumerate(TEXTS.values())}
    keep(install.store, classifier, install.config.policy, texts)
    found_again(install.store, texts)
    # What UTF-8 cannot carry is written so that it can be read back, and nothing is cut off.
    kept = {
        item.mention.network_id: item
        for item in install.store.items(EVERYTHING, ItemFilter(), limit=500)
    }
    assert (
        len(kept[next(i for i, t in texts.items() if t == BASES["one megabyte"])].mention.text)
        > 1_000_000
    )
    assert json.loads(clean(json.dumps(BASES["lone surrogate"]))) == BASES["lone surrogate"]
    person = install.person("ketua")
    for address in ("/antrean", "/antrean?tab=triase", "/antrean?cari=jalan", "/sumber"):
        answer = person.get(address)
        assert answer.status_code == 200, address
        assert "<script>alert" not in answer.text
    for item in kept.values():
        answer = person.get(f"/aduan/{item.id}")
        assert answer.status_code == 200, item.mention.network_id
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
    assert requests.get(f"{install.url}/healthz", timeout=10).json()["database"] == "ok"
    arguments = ["--config", str(install.config.path), "queue", "export"]
    written = CliRunner().invoke(cli, arguments)
    assert written.exit_code == 0, written.output
    limit = csv.field_size_limit(2**22)  # as large as the largest text
    try:
        assert len(list(csv.DictReader(io.StringIO(written.stdout)))) == len(kept)
    finally:
        csv.field_size_limit(limit)


@pytest.mark.fault(42)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=HOSTILE)
def test_any_text_at_all_goes_in_and_comes_out(
    install: web_support.Town, classifier: Classifier, text: str
) -> None:
    wave = [mention(f"h{next(NUMBERS)}", text)]
    (decision,) = classifier.decide(wave)
    route = router.route(wave[0], decision, install.config.policy)
    store = install.store
    lease = take(store, SPEC, NOW)
    store.accept(lease, page(*wave), {wave[0].network_id: (decision, route)}, NOW)
    store.finish(lease, NOW, NOW, "")
    store.index_text(10)
    assert store.fresh(wave) == [False]
    store.items(EVERYTHING, ItemFilter(text=text), limit=3)
    (found,) = store.items(EVERYTHING, ItemFilter(), limit=1)  # the newest comes first
    assert found.mention.network_id == wave[0].network_id
    assert found.mention.text == clean(text)
    found.mention.text.encode()


@pytest.mark.fault(42)
def test_postgresql_takes_the_same_texts(
    postgres_url: str, install: web_support.Town, classifier: Classifier
) -> None:
    store = open_store(postgres_url)
    try:
        store.migrate()
        texts = {str(number): text for number, text in enumerate(TEXTS.values())}
        keep(store, classifier, install.config.policy, texts)
        found_again(store, texts)
    finally:
        store.close()
