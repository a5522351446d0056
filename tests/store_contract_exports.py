"""What every store promises about the log of exports."""

from datetime import timedelta

from store_support import NOW

from tanggap.store.base import Store


class ExportsContract:
    def test_exports_are_listed_newest_first_and_bounded(self, store: Store) -> None:
        assert store.exports() == []
        for number in range(5):
            store.note_export(
                "sari", "csv", f"tab=queue&n={number}", number, NOW + timedelta(number)
            )
        found = store.exports(limit=3)
        assert [(note.items, note.by, note.form) for note in found] == [
            (4, "sari", "csv"),
            (3, "sari", "csv"),
            (2, "sari", "csv"),
        ]
        assert found[0].at == NOW + timedelta(4)
        assert found[0].query == "tab=queue&n=4"

    def test_what_an_address_line_may_hold_does_not_break_the_log(self, store: Store) -> None:
        store.note_export("sari", "xlsx", "cari=\x00\ud800" + "x" * 9000, 0, NOW)
        [note] = store.exports()
        assert len(note.query) <= 500
