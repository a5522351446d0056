"""What the contacts of an advice are called, in Indonesian. Words only, no logic."""

CONTACTS = {
    "emergency": "Panggilan darurat",
    "police": "Polisi",
    "fire": "Pemadam kebakaran",
    "ambulance": "Ambulans",
    "rescue": "SAR (Basarnas)",
    "women_children": "SAPA 129",
    "suicide": "Kesehatan jiwa",
    "power": "PLN",
    "wbs": "Jalur rahasia (WBS)",
}
"""By name of a contact of `tanggap.contacts.Contacts`."""
