from __future__ import annotations

import pytest

from ingest.job import (
    ACTIVE,
    STEPS,
    IllegalStepError,
    JobState,
    Step,
    interruption_sentence,
    step_after_interruption,
    take_step,
)

LEGAL = {
    (JobState.QUEUED, Step.CLAIM): JobState.RUNNING,
    (JobState.QUEUED, Step.CANCEL): JobState.CANCELLED,
    (JobState.RUNNING, Step.CANCEL): JobState.CANCELLED,
    (JobState.RUNNING, Step.FINISH): JobState.DONE,
    (JobState.RUNNING, Step.FAIL): JobState.FAILED,
    (JobState.RUNNING, Step.REQUEUE): JobState.QUEUED,
    (JobState.RUNNING, Step.LOSE): JobState.QUEUED,
    (JobState.FAILED, Step.RETRY): JobState.QUEUED,
}


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("step", Step)
def test_every_step_starts_from_exactly_the_states_that_are_drawn(state: JobState, step: Step) -> None:
    if (state, step) in LEGAL:
        assert take_step(state, step) is LEGAL[state, step]
    else:
        with pytest.raises(IllegalStepError, match=f"{state} cannot {step}"):
            take_step(state, step)


def test_every_step_is_in_the_table() -> None:
    assert set(STEPS) == set(Step)


def test_done_and_cancelled_are_final() -> None:
    for state in (JobState.DONE, JobState.CANCELLED):
        assert not any(state in before for before, _ in STEPS.values())
        assert state not in ACTIVE


@pytest.mark.parametrize(("attempts", "step"), [(1, Step.LOSE), (2, Step.LOSE), (3, Step.FAIL), (4, Step.FAIL)])
def test_a_job_is_given_up_when_its_attempts_are_used_up(attempts: int, step: Step) -> None:
    assert step_after_interruption(attempts, 3) is step


def test_the_sentence_names_the_file_the_attempts_and_the_cause() -> None:
    assert interruption_sentence("a.tif", 3, "It died.") == "a.tif was given up after 3 attempts: It died."
    assert interruption_sentence("a.tif", 1, "It died.") == "a.tif was given up after one attempt: It died."
