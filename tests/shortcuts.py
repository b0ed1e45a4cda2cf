"""One at a time what the worker does in batches."""

from datetime import datetime

from sqlmodel import Session, col, select

from content import schedule
from content.checks.rules import RULES
from content.composing import Composed, store_versions
from content.evaluation import evaluate_all
from content.message import Version, Wording
from content.review import Clearance, Evaluation


def store_version(session: Session, wording: Wording, composed: Composed, at: datetime) -> Version:
    """What was composed as the wording's one version; asked twice, the first."""
    store_versions(session, [(wording, composed)], at)
    return session.exec(select(Version).where(Version.wording_id == wording.id)).one()


def evaluate(session: Session, version: Version, at: datetime) -> Evaluation:
    """The version's newest evaluation under the rules of this program, made if it is missing."""
    evaluate_all(session, [version], at)
    newest = select(Evaluation).where(Evaluation.digest == version.digest, Evaluation.rules == RULES)
    return session.exec(newest.order_by(col(Evaluation.epoch).desc()).limit(1)).one()


def post_all(session: Session, limit: int = 20) -> int:
    """Makes the posts of clearances that have none yet; how many posts there now are more."""
    found = schedule.unposted(session, limit)
    return sum(len(schedule.post(session, session.get_one(Clearance, key))) for key in found)
