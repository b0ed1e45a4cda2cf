"""Draws docs/states.md from the table of moves: `python -m tests.docs.states`."""

from pathlib import Path

from content.lifecycle import COUNTED, MOVES, State

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
MEANS = {
    State.SCHEDULED: "waits for its instant",
    State.CLAIMED: "a worker holds it under a lease and a fence; nothing has begun",
    State.PUBLISHING: "the intent is written; its call begins, runs or has just ended",
    State.UNCERTAIN: "it may be out: the answer was lost, and it is looked for before anything else happens",
    State.PUBLISHED: "out, as the channel says",
    State.RECALLING: "being taken back",
    State.RECALLED: "taken back, with the channel's word or a person's proof",
    State.RECALL_IMPOSSIBLE: "out, and the platform does not take it back",
    State.BLOCKED: "waits for a person: words, clearance, consent or three lapsed leases",
    State.EXPIRED: "later than its tier allows; a new post on the same clearance may follow",
    State.CANCELLED: "taken out of the plan for good",
    State.FAILED: "the channel refused for good, or two people gave it up with evidence",
}
WHEN = {
    "claim": "due within two seconds",
    "release_lease": "nothing was begun: the lease ended, or the gate says wait",
    "begin": "the gate passed, under the locks: the intent is written",
    "confirm": "it is out",
    "defer": "the channel said no and created nothing, or there is proof of absence",
    "give_up": "refused for good; from uncertain two people with evidence",
    "lose_track": "no answer, or the lease lapsed after the intent",
    "retry_same_key": "the channel still knows the key, and the gate passed again",
    "stand_down": "a stop was seen before the call began",
    "recall": "a withdrawal, a take-down, a reviewer",
    "confirm_recall": "gone",
    "cannot": "too late, impossible, or advised and not confirmed within a day",
    "block": "the gate found what a person must answer; three lapsed leases",
    "unblock": "a person answered or moved it",
    "expire": "later than its tier allows, or its window closed",
    "cancel": "a person, or a withdrawal",
    "found": "it was out after all",
}


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_diagram(), *_moves(), *_states()]) + "\n"


def _head() -> list[str]:
    return [
        "# Where a post may go",
        "",
        "Drawn from `MOVES` in content/lifecycle.py by `python -m tests.docs.states`; a test compares. The database",
        "holds the same table and refuses every other move, and every step that is not one more than the last.",
        "",
    ]


def _diagram() -> list[str]:
    lines = [f"    {state} --> {to}: {action}" for (state, action), to in MOVES.items()]
    ends = [state for state in State if all(start is not state for start, _ in MOVES)]
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.SCHEDULED}", *lines,
            *(f"    {state} --> [*]" for state in ends), "```", ""]  # fmt: skip


def _moves() -> list[str]:
    rows = [f"| {state} | {action} | {to} | {WHEN[action]} |" for (state, action), to in MOVES.items()]
    return ["## Moves", "", "| from | step | to | when |", "|---|---|---|---|", *rows, ""]


def _states() -> list[str]:
    rows = [f"| {state} | {MEANS[state]} | {'yes' if state in COUNTED else 'no'} |" for state in State]
    return ["## States", "", "| state | means | counts for caps |", "|---|---|---|", *rows]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
