"""What people were given to post since a backup was made: after it is put back nobody knows, so none is given again."""

from datetime import datetime

from sqlmodel import Session, col, select

from content.lifecycle import Post, State
from content.organisation import Account
from content.posting import MANUAL, Posting, close_task, newest_of, open_task, was_shown

_NOTE = "posting.lost: It may have been posted after the backup that was put back was made."


def lost(session: Session, at: datetime) -> None:
    """Nothing is given to people again before they have said what became of it.

    Whatever they had or might have had to post counts as shown, and its task as ended. Repeating it changes nothing.
    """
    for task in session.exec(select(Posting).where(Posting.kind == "post", Posting.state == "open")).all():
        _lose(session, task, at)
    posts = select(Post).join(Account, col(Account.id) == col(Post.account_id))
    posts = posts.where(Account.channel == MANUAL, col(Post.state).in_((State.UNCERTAIN, State.RECALLING)))
    for post in session.exec(posts.order_by(col(Post.id))).all():
        last = newest_of(session, post.id or 0, "post")
        if last is None or (last.state in ("missed", "stopped") and not was_shown(last)):
            _lose(session, open_task(session, post, "post", at, None), at)


def _lose(session: Session, task: Posting, at: datetime) -> None:
    task.shown_at = task.shown_at or at
    close_task(session, task, "missed", _NOTE)
