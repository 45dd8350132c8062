"""The states of a job and the steps between them. PURE.

    queued ──claim──► running ──finish──► done
      ▲                 │ ├────fail─────► failed ──retry──► queued
      └──requeue, lose──┘ └───cancel────► cancelled

An attempt is counted when it is claimed, because a job that kills its worker has no later moment for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What can happen to a job."""

    CLAIM = "claim"
    FINISH = "finish"
    FAIL = "fail"
    REQUEUE = "requeue"
    LOSE = "lose"
    RETRY = "retry"
    CANCEL = "cancel"


ACTIVE = frozenset({JobState.QUEUED, JobState.RUNNING})
"""The states from which a job goes on without anybody asking."""

STEPS: Mapping[Step, tuple[frozenset[JobState], JobState]] = {
    Step.CLAIM: (frozenset({JobState.QUEUED}), JobState.RUNNING),
    Step.FINISH: (frozenset({JobState.RUNNING}), JobState.DONE),
    Step.FAIL: (frozenset({JobState.RUNNING}), JobState.FAILED),
    Step.REQUEUE: (frozenset({JobState.RUNNING}), JobState.QUEUED),
    Step.LOSE: (frozenset({JobState.RUNNING}), JobState.QUEUED),
    Step.RETRY: (frozenset({JobState.FAILED}), JobState.QUEUED),
    Step.CANCEL: (ACTIVE, JobState.CANCELLED),
}
"""For each step the states that it may start from, and the one that it leads to."""


class IllegalStepError(ValueError):
    """The step does not start from this state."""

    def __init__(self, state: JobState, step: Step) -> None:
        super().__init__(f"a job that is {state} cannot {step}")
        self.state = state
        self.step = step


def states_before(step: Step) -> frozenset[JobState]:
    """The states that the step may start from: the condition of its UPDATE."""
    return STEPS[step][0]


def state_after(step: Step) -> JobState:
    """The state that the step leads to."""
    return STEPS[step][1]


def take_step(state: JobState, step: Step) -> JobState:
    """The state after the step. Raises IllegalStepError."""
    if state not in states_before(step):
        raise IllegalStepError(state, step)
    return state_after(step)


def step_after_interruption(attempts: int, limit: int) -> Step:
    """What becomes of a running job whose attempt number `attempts` ended without a verdict on the file."""
    return Step.LOSE if attempts < limit else Step.FAIL


def interruption_sentence(file_name: str, attempts: int, detail: str) -> str:
    """Why a job was given up that never came to a verdict."""
    times = "one attempt" if attempts == 1 else f"{attempts} attempts"
    return f"{file_name} was given up after {times}: {detail}"
