"""Why a hub does not start on a database that can be reached. Their texts are for the operator."""


class DatabaseBusy(Exception):
    """Another hub holds this data."""


class WrongShape(Exception):
    """Its tables are not those that this version works with."""
