"""Documents of other pages → our history."""

from incidents.statuspage.importing.writing import import_document

__all__ = ["import_document"]
