"""What Prometheus reads keeps to its text format, and names every alarm there is; pure."""

import re
from dataclasses import replace

from content.alarms import NEXT, alarms
from content.health import Program, Shut
from tests.content.test_alarms import QUIET
from worker import metrics

_SAMPLE = re.compile(r'([a-z_]+)(?:\{([a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="(?:[^"\\\n]|\\.)*")*)\})? (\S+)\Z')


def lines(**changed: object) -> list[str]:
    found = replace(QUIET, **changed)  # type: ignore[arg-type]  # a field's name and value
    return metrics.text(found, alarms(found)).splitlines()


def test_every_line_is_of_the_format() -> None:
    typed: set[str] = set()
    for line in lines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in typed, "a family stands once"
            assert (kind == "counter") == name.endswith("_total")
            typed.add(name)
        elif not line.startswith("# HELP "):
            name, _, value = _SAMPLE.fullmatch(line).groups()  # type: ignore[union-attr]  # a miss fails here
            assert name in typed
            float(value)


def test_no_series_stands_twice() -> None:
    series = [line.rpartition(" ")[0] for line in lines() if not line.startswith("#")]
    assert len(series) == len(set(series))


def test_every_alarm_has_its_series_whether_it_stands_or_not() -> None:
    for level in ("warn", "critical"):
        named = [line for line in lines() if f'level="{level}"' in line]
        assert {line.split('"')[1] for line in named} == set(NEXT)
    assert 'counterpoint_alarm{code="schema.differs",level="critical"} 1.0' in lines(schema="8")
    assert 'counterpoint_alarm{code="schema.differs",level="critical"} 0.0' in lines()


def test_a_label_cannot_end_its_line() -> None:
    told = lines(programs=(Program('worker"\n\\', 1.0),), circuits=(Shut("a", "x.401", 9.0),))
    assert r'counterpoint_program_silent_seconds{program="worker\"\n\\"} 1.0' in told
    assert 'counterpoint_circuit_open_seconds{account="a"} 9.0' in told


def test_without_rows_it_says_so() -> None:
    told = metrics.text(None, ())
    assert "counterpoint_up 0.0\n" in told
    assert "counterpoint_posts" not in told
