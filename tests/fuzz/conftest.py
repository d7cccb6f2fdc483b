"""Fuzzing: a hundred examples a test; two thousand with --hypothesis-profile=torture."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "torture",
    max_examples=2_000,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
