"""What a peer may use up in the long run and at once: of frames, bytes, questions. No clock of its own."""


class Budget:
    """Full at first, then refilled by so much a second."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = burst
        self._at: float | None = None

    def take(self, amount: float, now: float) -> bool:
        """Whether that much was there. It is gone in any case, so that one who goes on asking gets no more."""
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._left = min(self._burst, self._left + passed * self._per_s) - amount
        return self._left >= 0
