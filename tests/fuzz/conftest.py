"""Fuzzing: a hundred examples a test in every run, thousands with --hypothesis-profile=torture."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "torture",
    max_examples=10_000,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
