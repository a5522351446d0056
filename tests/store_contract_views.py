"""What every store promises about the views of the queue that people keep."""

import pytest
from store_support import NOW

from tanggap.errors import InputError
from tanggap.store.base import Store
from tanggap.store.rows_lists import VIEW_NAME_AT_MOST, VIEWS_AT_MOST


def _people(store: Store) -> None:
    for name in ("Sari", "budi"):
        store.add_user(name, "opd", ("dpupr",), "hash", NOW)


def _seen(store: Store, name: str) -> list[tuple[str, str, bool, str, bool]]:
    return [
        (view.name, view.query, view.shared, view.owner, view.own) for view in store.views(name)
    ]


class ViewsContract:
    def test_a_view_is_seen_by_its_owner_and_a_shared_one_by_all(self, store: Store) -> None:
        _people(store)
        store.save_view("Sari", "  Jalan   rusak ", "tab=queue&sektor=jalan", False, NOW)
        store.save_view("Sari", "antre", "tab=unanswered", True, NOW)
        shared = ("antre", "tab=unanswered", True, "Sari")
        assert _seen(store, "Sari") == [
            (*shared, True),
            ("Jalan rusak", "tab=queue&sektor=jalan", False, "Sari", True),
        ]
        assert _seen(store, "budi") == [(*shared, False)]

    def test_only_its_owner_changes_a_view(self, store: Store) -> None:
        _people(store)
        mine = store.save_view("Sari", "a", "tab=queue", True, NOW)
        assert not store.change_view("budi", mine, "b", False)
        assert not store.remove_view("budi", mine)
        for wrong in (mine + 1, 0, -1, 10**30):
            assert not store.change_view("Sari", wrong, "b", False)
            assert not store.remove_view("Sari", wrong)
        assert store.change_view("Sari", mine, "b", False)
        assert _seen(store, "Sari") == [("b", "tab=queue", False, "Sari", True)]
        assert not store.remove_view("budi", mine, any_shared=True)  # it is shared no more
        assert store.remove_view("Sari", mine)
        assert store.views("Sari") == []

    def test_a_shared_view_can_be_removed_for_somebody_who_is_gone(self, store: Store) -> None:
        _people(store)
        mine = store.save_view("Sari", "a", "tab=queue", True, NOW)
        store.set_active("Sari", False)
        assert store.remove_view("budi", mine, any_shared=True)
        assert store.views("budi") == []

    @pytest.mark.parametrize("name", ["", "   ", "\n", "x" * (VIEW_NAME_AT_MOST + 1), "LAMA"])
    def test_a_name_is_one_line_not_too_long_and_not_taken(self, store: Store, name: str) -> None:
        _people(store)
        old = store.save_view("Sari", "Lama", "tab=queue", False, NOW)
        new = store.save_view("Sari", "x" * VIEW_NAME_AT_MOST, "tab=queue", False, NOW)
        with pytest.raises(InputError):
            store.save_view("Sari", name, "tab=queue", False, NOW)
        with pytest.raises(InputError):
            store.change_view("Sari", new, name, False)
        assert store.change_view("Sari", old, "LAMA", False)  # its own name is free to it
        assert store.save_view("budi", "Lama", "tab=queue", False, NOW) > 0

    def test_nobody_keeps_more_than_some(self, store: Store) -> None:
        _people(store)
        for number in range(VIEWS_AT_MOST):
            store.save_view("Sari", str(number), "tab=queue", False, NOW)
        with pytest.raises(InputError, match="sudah 20"):
            store.save_view("Sari", "lagi", "tab=queue", False, NOW)
        assert store.save_view("budi", "lagi", "tab=queue", False, NOW) > 0
        with pytest.raises(InputError, match="tidak ada pengguna"):
            store.save_view("siapa", "lagi", "tab=queue", False, NOW)
