"""What the operator decides about who is shown to whom."""

from tanggap.toml_file import Table


class PrivacySettings(Table):
    """What an OPD's admins see of the persons behind the texts."""

    hide_reporter: bool = False
    """OPD see neither who wrote a mention nor the link to it, which names them; supervisors do."""
