"""Mail: letters as people read them, the outbox in which they wait, and the sender that takes them away."""
