"""What both databases say when somebody else is in them."""


class DatabaseBusy(Exception):
    """Another hub holds this data. Its text is for the operator."""
