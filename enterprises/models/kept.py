"""What may only grow."""

import pgtrigger


def append_only() -> pgtrigger.Protect:
    """The database refuses to change or delete a row."""
    return pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
