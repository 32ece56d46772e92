"""What a hub measures of itself: a number for each thing it promises.

The rule: a label says what kind of thing happened, from a fixed list, and never to whom: no id, name, title or address
is in one. Who reads numbers need not be one who may read folders, and each new value of a label costs memory for ever.
"""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)

from hub import __version__

# They double the number of series, and say nothing that the start of the process does not.
disable_created_metrics()  # type: ignore[no-untyped-call] # it has no types

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One hub's, in a registry of its own. What is a function of the hub's state is read when somebody asks for it:
    `set_function`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        Info("teammarks_hub", "The hub's version", registry=self.registry).info({"version": __version__})

        # The log
        self.unacknowledged_age_s = self._gauge(
            "unacknowledged_age_seconds", "Age of the oldest update received and neither stored nor refused yet"
        )
        self.commit_s = self._histogram("commit_seconds", "How long one commit of the log took", SECONDS)
        self.commit_updates = self._histogram(
            "commit_updates", "Updates in one commit of the log", (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
        )
        self.stored = self._counter("updates_stored", "Updates that were committed")
        self.refused = self._counter("updates_refused", "Updates that were not stored, by reason", "code")
        self.commit_failures = self._counter("commit_failures", "Commits of the log that failed")
        self.compactions = self._counter("compactions", "Tails of the log that were folded into a snapshot")
        self.quarantined = self._counter("updates_quarantined", "Stored updates put aside because they do not load")

        # Live documents and who is in them
        self.rooms = self._gauge("rooms", "Documents held live")
        self.document_bytes = self._gauge("document_bytes", "Encoded size of all live documents, about")
        self.sockets = self._gauge("sockets", "Sync sockets that are open")
        self.sent_away = self._counter("sockets_sent_away", "Sync sockets that the hub closed, by reason", "code")
        self.outbox_overflows = self._counter("outbox_overflows", "Clients sent away because they read too slowly")

        # Between hubs
        self.bus_connected = self._gauge("bus_connected", "1 while this hub hears the others, or needs none; 0 if not")
        self.fan_out_s = self._histogram(
            "fan_out_seconds", "From an update's commit on another hub until this one heard of it", SECONDS
        )
        self.gap_repairs = self._counter("gap_repairs", "Times the log was read because news was missing")

        # Mail
        self.mail_age_s = self._gauge("mail_age_seconds", "Age of the oldest letter that waits in the outbox")
        self.mail_sent = self._counter("mail_sent", "Letters that the mail server has taken")
        self.mail_troubles = self._counter("mail_troubles", "Attempts at sending a letter that failed", "trouble")

        # The process
        self.http_requests = self._counter(
            "http_requests", "HTTP requests that were answered", "method", "route", "status"
        )
        self.http_s = self._histogram("http_seconds", "From an HTTP request until its answer was sent", SECONDS)
        self.loop_lag_s = self._gauge("loop_lag_seconds", "How late the event loop came to its last tick")

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"teammarks_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"teammarks_{name}", meaning, registry=self.registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"teammarks_{name}", meaning, buckets=buckets, registry=self.registry)
