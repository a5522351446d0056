import numpy as np
import pytest
import scipy.sparse as sp
from classifier_support import artefact, mention, other_city, policy
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier import vectoriser as module
from classifier.features import Document, Reader
from classifier.text import clean, tokens_of
from classifier.vectoriser import BLOCKS, Vectoriser, char_ngrams, word_ngrams
from tanggap.tuning import files


def documents() -> list[Document]:
    reader = Reader(policy())
    return [
        reader.read(mention(e.text, e.mentioned_opd, parent=e.parent_text), clean(e.text))
        for e in files.corpus()[::13]
    ]


def stock(texts: list[str], **options) -> TfidfVectorizer:
    return TfidfVectorizer(lowercase=False, sublinear_tf=True, min_df=2, **options).fit(texts)


def stock_word(texts: list[str]) -> TfidfVectorizer:
    return stock(texts, tokenizer=str.split, token_pattern=None, ngram_range=(1, 2))


def test_rows_equal_those_of_scikit_learn():
    read = documents()
    texts = [" ".join(document.tokens) for document in read]
    context = [" ".join(document.context) for document in read]
    stocks = {
        "word": (stock_word(texts), texts),
        "char": (stock(texts, analyzer="char_wb", ngram_range=(2, 5)), texts),
        "context": (stock(context, tokenizer=str.split, token_pattern=None), context),
    }
    weights = {"word": 1.0, "char": 0.7, "context": 0.3}
    oracle = sp.hstack(
        [weights[block] * model.transform(rows) for block, (model, rows) in stocks.items()]
    )
    ours = Vectoriser(
        {block: list(model.get_feature_names_out()) for block, (model, _) in stocks.items()},
        np.concatenate([model.idf_ for model, _ in stocks.values()]),
        weights,
    )
    assert list(stocks) == list(BLOCKS)
    assert abs(ours.transform(read) - oracle).max() < 1e-9
    # and again from the memo, one by one
    again = sp.vstack([ours.transform([document]) for document in read[:40]])
    assert abs(again - oracle.tocsr()[:40]).max() < 1e-9


@settings(max_examples=300)
@given(st.text(min_size=1, max_size=40))
def test_ngrams_of_any_text_are_those_of_scikit_learn(text):
    words = tokens_of(text)
    joined = " ".join(words)
    char = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False)
    word = TfidfVectorizer(
        tokenizer=str.split, token_pattern=None, lowercase=False, ngram_range=(1, 2)
    )
    wanted_char = list(char.build_analyzer()(joined))
    assert [gram for w in words for gram in char_ngrams(w)] == wanted_char or sorted(
        gram for w in words for gram in char_ngrams(w)
    ) == sorted(wanted_char)
    assert sorted(word_ngrams(words)) == sorted(word.build_analyzer()(joined))


def test_the_memo_is_bounded_and_forgetting_changes_nothing(monkeypatch):
    vectoriser = Vectoriser(
        artefact().vocabulary, artefact().idf.astype(float), artefact().block_weights
    )
    read = documents()[:50]
    before = vectoriser.transform(read)
    monkeypatch.setattr(module, "MEMO_LIMIT", 7)
    small = Vectoriser(
        artefact().vocabulary, artefact().idf.astype(float), artefact().block_weights
    )
    after = small.transform(read)
    assert len(small._memo) <= 7
    assert len(vectoriser._memo) > 100
    assert abs(before - after).max() == 0


def test_a_document_without_known_features_is_an_empty_row():
    vectoriser = Vectoriser(
        {"word": ["jalan"], "char": [" j"], "context": ["akun:jalan"]},
        np.ones(3),
        dict.fromkeys(BLOCKS, 1.0),
    )
    matrix = vectoriser.transform([Document((), ()), Document(("qqq",), ("akun:listrik",))])
    assert matrix.shape == (2, 3)
    assert matrix.nnz == 0
    assert vectoriser.transform([]).shape == (0, 3)


@pytest.mark.parametrize("city", [policy(), other_city()])
def test_an_account_is_told_by_the_sectors_it_owns_so_another_citys_ids_work(city):
    reader = Reader(city)
    roads = city.owner_of("jalan")
    assert reader.read(mention("rusak", roads), "rusak").context == (
        "akun:jalan",
        "akun:drainase_banjir",
    )
    assert reader.read(mention("rusak", "pemkot"), "rusak").context == ("akun:pemkot",)
    assert reader.read(mention("rusak", "tak_dikenal"), "rusak").context == ()


def test_the_parents_words_stand_under_their_own_prefix_and_beside_the_text_for_the_sector():
    document = Reader(policy()).read(
        mention("di sini juga min", parent="Lampu jalan padam!"), "di sini juga min"
    )
    assert document.context == ("induk:lampu", "induk:jalan", "induk:padam")
    assert document.tokens == ("di", "sini", "juga", "min")
    assert document.with_parent().tokens[-4:] == ("lampu", "jalan", "padam", "!")
