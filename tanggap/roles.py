"""What an account of the desk is for."""

from typing import Literal

Role = Literal["supervisor", "opd", "analyst", "auditor"]
"""All but `opd` see the items of every OPD."""
