"""Documents of other pages → our history."""

from incidents.statuspage.importing.writing import import_document, rehearsal

__all__ = ["import_document", "rehearsal"]
