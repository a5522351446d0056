"""Whom to call in danger: numbers that the city writes into `[contacts]` of its policy.

The numbers of everywhere: 112 is free and answers where the city or kabupaten runs it (141 did in
2025: jabar.antaranews.com/berita/591741); 110, 113, 115 and 119 are police, fire brigade, Basarnas
and ambulance (kids.grid.id/read/473467733 after layanan112.kominfo.go.id); 123 is PLN (there, too);
SAPA 129 with WhatsApp 08111-129-129 is of KemenPPPA (prokalteng.jawapos.com, 28 January 2026);
healing119.id is of Kemenkes (kesprimkom.kemkes.go.id/konten/158, August 2025), 119 with extension 8
its line for mental health (liputan6.com/news/read/4242765). A local government's WBS is that of its
Inspektorat and has no number of everywhere (kecamatancangkuang.bandungkab.go.id, September 2025).
"""

from typing import Annotated

from pydantic import Field, field_validator

from tanggap.toml_file import Table

Contact = Annotated[str, Field(min_length=1, max_length=60)]


class Contacts(Table):
    """Whom to call; each is a number or an address as people are told it."""

    emergency: Contact = "112"
    police: Contact = "110"
    fire: Contact = "113"
    ambulance: Contact = "119"
    rescue: Contact = "115"
    women_children: Contact = "129 atau WhatsApp 08111-129-129"
    suicide: Contact = "healing119.id atau 119, lalu tekan 8"
    power: Contact = "123"
    wbs: Contact = "WBS Inspektorat daerah"

    @field_validator("*")
    @classmethod
    def _said(cls, value: str) -> str:
        if not value.strip() or "\n" in value:
            msg = "tulis nomor atau alamatnya dalam satu baris"
            raise ValueError(msg)
        return value


NAMES = tuple(Contacts.model_fields)
"""What stands between braces in a text, and in `contacts`."""
