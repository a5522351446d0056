"""Which n-grams a model knows: those of most texts."""

from collections.abc import Sequence

from classifier.features import Document
from classifier.vectoriser import BLOCKS, char_ngrams, word_ngrams


def vocabulary_of(documents: Sequence[Document], least: int, most: int) -> dict[str, list[str]]:
    """Return each block's n-grams of at least `least` documents, the `most` common ones in all."""
    frequencies: dict[str, dict[str, int]] = {block: {} for block in BLOCKS}
    of_word: dict[str, list[str]] = {}
    for document in documents:
        for word in document.tokens:
            if word not in of_word:
                of_word[word] = char_ngrams(word)
        grams = {
            "word": set(word_ngrams(document.tokens)),
            "char": {gram for word in set(document.tokens) for gram in of_word[word]},
            "context": set(document.context),
        }
        for block, found in grams.items():
            counter = frequencies[block]
            for gram in found:
                counter[gram] = counter.get(gram, 0) + 1
    common = sorted(
        (-count, block, gram)
        for block, counter in frequencies.items()
        for gram, count in counter.items()
        if count >= least
    )[:most]
    return {
        block: sorted(gram for _, its_block, gram in common if its_block == block)
        for block in BLOCKS
    }
