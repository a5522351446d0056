"""Lists of words and short phrases, looked up in a text in one pass over its words."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from classifier.text import words_of

Key = TypeVar("Key")


class Phrases(Generic[Key]):
    """Phrases with a key each; whole words, case, accents of writing and punctuation ignored."""

    def __init__(self, entries: Iterable[tuple[str, Key]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Key]]] = {}
        for phrase, key in entries:
            words = tuple(words_of(phrase))
            if words:
                self._by_first.setdefault(words[0], []).append((words, key))

    def find(self, words: Sequence[str]) -> list[Key]:
        """Return the keys of the phrases that stand in `words`, in order of appearance."""
        if self._by_first.keys().isdisjoint(words):
            return []
        found: list[Key] = []
        by_first = self._by_first
        for position, word in enumerate(words):
            if word not in by_first:
                continue
            for phrase, key in by_first[word]:
                length = len(phrase)
                if length == 1 or tuple(words[position : position + length]) == phrase:
                    found.append(key)
        return found

    def any(self, words: Sequence[str]) -> bool:
        """Whether at least one phrase stands in `words`."""
        return bool(self.find(words))
