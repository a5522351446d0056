"""Which texts are held out together in cross-validation: whole files."""

from collections.abc import Mapping, Sequence

from classifier.dataset import Example


def packed(sizes: Mapping[str, int], most: int) -> dict[str, int]:
    """Return the fold of each file: one each, or the smallest together until there are `most`."""
    loads = [0] * min(most, len(sizes))
    fold_of: dict[str, int] = {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        fold = loads.index(min(loads))
        fold_of[name] = fold
        loads[fold] += sizes[name]
    return fold_of


def groups_of(texts: Sequence[Example], folds: int) -> list[str]:
    """Return the fold of each text: its file; texts of one single file are dealt out."""
    if len({example.group for example in texts}) > 1:
        return [example.group for example in texts]
    return [str(i % folds) for i in range(len(texts))]
