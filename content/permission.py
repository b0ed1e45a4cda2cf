"""Who may do what: the one table of verbs, for the pages and the command line alike.

A verb that does not stand here cannot be asked for: `people.require` and every page and command name one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# How fresh a proof of a second factor a page asks for: a signed-in session; one at most half an hour old; its own.
Proof = Literal["session", "recent", "each"]

AUTHORS = ("author", "translator")
REVIEWERS = ("content", "safeguarding", "legal", "religious", "language", "board")
KEEPERS = ("keeper", "safeguarding")
JUDGES = (*REVIEWERS, "keeper")
STAFF = (*AUTHORS, "content", "safeguarding", "keeper")
HANDS = ("operator", "keeper", "safeguarding", "content")
POSTERS = (*STAFF, "operator")  # who posts by hand what was cleared
ANYBODY: tuple[str, ...] = ()  # everyone who works here


@dataclass(frozen=True, slots=True)
class Permission:
    """roles: any one of them; `language` is any language's. condition: what the verb asks for besides, in words.

    commands: those of the command line that are this verb.
    """

    roles: tuple[str, ...]
    condition: str = ""
    proof: Proof = "session"
    commands: tuple[str, ...] = ()


PERMISSIONS: Mapping[str, Permission] = {
    # people
    "person.add": Permission((*KEEPERS, "operator"), proof="each", commands=("user add",)),
    "person.erase": Permission(KEEPERS, proof="each", commands=("user erase",)),
    "person.invite": Permission(
        (*KEEPERS, "operator"), "anybody invites themselves; whoever holds a role takes two", "each", ("user invite",)
    ),
    "person.disable": Permission(KEEPERS, "not oneself", "each", ("user disable",)),
    "role.grant": Permission(JUDGES, "never to oneself", "each", ("user grant",)),
    "role.confirm": Permission(
        JUDGES, "neither who gave nor who gets it; one of the two is safeguarding", "each", ("user confirm",)
    ),
    "role.revoke": Permission(KEEPERS, proof="each", commands=("user revoke",)),
    "absence.set": Permission(
        ANYBODY, "of oneself; the deputy gains no right", "recent", ("user away", "user back")
    ),
    "absence.others": Permission((*KEEPERS, "operator"), "of whoever cannot say it any more", "recent"),
    "deputy.name": Permission(
        ("safeguarding",), "never oneself; it counts for lifting pauses alone", "each", ("user deputy",)
    ),
    "deputy.confirm": Permission(
        JUDGES, "neither who named nor who is named", "each", ("user confirm-deputy",)
    ),
    "deputy.end": Permission(
        ANYBODY, "who named, confirmed or is named; or who may take roles back", "each", ("user end-deputy",)
    ),
    # words
    "message.queue": Permission(AUTHORS, "whoever judged a message writes no version of it", commands=("queue",)),
    "material.propose": Permission(
        (*STAFF, "operator"), "a file only proposes", commands=("import", "channel add", "channel simulate")
    ),
    "medium.add": Permission(
        STAFF, "encoded anew by us; what it shows is judged", commands=("media add", "media say", "media card")
    ),
    "medium.look": Permission(
        ("safeguarding",), "not what they added", "recent", ("media look",)
    ),
    "medium.retire": Permission(
        ("keeper", "content", "safeguarding"), "for good; it takes nothing down", "recent", ("media retire",)
    ),
    "medium.read": Permission((*STAFF, *REVIEWERS), commands=("media list", "media show")),
    "template.read": Permission((*STAFF, *REVIEWERS)),
    "sheet.read": Permission(JUDGES, commands=("review show",)),
    "waiting.read": Permission(REVIEWERS, commands=("review list",)),
    "review.take": Permission(
        REVIEWERS, "not words of a message they wrote; it keeps nobody from answering",
        commands=("review take", "review hand", "review leave"),
    ),
    "burden.read": Permission(KEEPERS, "four numbers a person, never which items"),
    "verdict.give": Permission(
        REVIEWERS, "not of a message they wrote, nor with who gave them the role", "recent",
        ("review approve", "review send-back", "renew"),
    ),
    "clearance.revoke": Permission(REVIEWERS, proof="recent", commands=("review revoke",)),
    "go.give": Permission(("safeguarding",), "not of words they wrote", "each", ("go",)),
    "material.clear": Permission(
        ("content", "safeguarding"), "not what they entered; tags are given blind", "recent", ("clear",)
    ),
    "helpline.verify": Permission(("content", *KEEPERS), commands=("helpline verify",)),
    "link.check": Permission(("content", *KEEPERS), "a page that is there has a copy kept", commands=("link looked",)),
    "hashtag.check": Permission(("content", *KEEPERS), commands=("campaign looked",)),
    "platform.check": Permission(("content", "operator", *KEEPERS), commands=("channel compared",)),
    "moderation.change": Permission(
        HANDS, "who answers replies was trained for it", commands=("moderation set", "moderation add", "moderation end")
    ),
    # the person behind the words
    "consent.add": Permission(KEEPERS, proof="recent", commands=("consent grant", "consent reconfirm")),
    "consent.assess": Permission(
        ("safeguarding",), "not of a narrative they entered", "recent", ("consent assess",)
    ),
    "consent.shrink": Permission(KEEPERS, proof="each", commands=("consent narrow", "consent withdraw")),
    "consent.weigh": Permission(KEEPERS, "what a withdrawal would stop; nothing is written"),
    "consent.read": Permission((*STAFF, *REVIEWERS), commands=("consent show",)),
    "narrative.read": Permission((*STAFF, *REVIEWERS)),
    "risk.answer": Permission(KEEPERS, proof="recent", commands=("risk",)),
    "hold.set": Permission(KEEPERS, proof="recent", commands=("hold",)),
    "hold.lift": Permission(KEEPERS, "not who set it", "each"),
    "hold.read": Permission(KEEPERS),
    "protected.enter": Permission(KEEPERS, "never read back", commands=("protect",)),
    "protected.reindex": Permission(("keeper",), "with the private half", "each"),
    "protected.alarms": Permission(KEEPERS),
    "denied.change": Permission(KEEPERS, "lifted by somebody else", "recent", ("deny add", "deny lift")),
    # the plan, and what is on its way
    "post.plan": Permission(STAFF, "inside the window", commands=("reschedule", "cancel", "requeue", "zones")),
    "plan.change": Permission(
        STAFF, "its slots send nothing by themselves", commands=("plan add", "plan end", "plan instead", "plan usual")
    ),
    "calendar.subscribe": Permission(ANYBODY, "one's own link; its titles tell neither theme nor person"),
    "post.unblock": Permission(("content", *KEEPERS), "it is judged again", "recent", ("unblock",)),
    "post.decide": Permission(
        (*JUDGES, "operator"), "to give up takes two", "recent", ("found", "give-up", "taken-down")
    ),
    "posting.read": Permission(
        ANYBODY, "the words are shown to whoever has them in hand", commands=("postings list", "postings show")
    ),
    "posting.take": Permission(
        POSTERS, "by one person at a time, while no stop covers it", commands=("postings take", "postings hand")
    ),
    "posting.done": Permission(POSTERS, "only who has it in hand", commands=("postings posted", "postings unposted")),
    "posting.deleted": Permission((*POSTERS, *JUDGES), "taking down is always safe", commands=("postings deleted",)),
    "posting.confirm": Permission(
        (*JUDGES, "operator"), "neither who said it is done nor who wrote the words", "recent", ("postings confirm",)
    ),
    "post.recall": Permission(JUDGES, "taking down is always safe", commands=("recall",)),
    "pause.set": Permission(ANYBODY, commands=("pause",)),
    "pause.lift": Permission(
        JUDGES, "two, one of them safeguarding or its named deputy; one reviewer for one's own unsent message", "each",
        ("resume",),
    ),
    "crisis.set": Permission(ANYBODY, "it stops at once", commands=("crisis set",)),
    "crisis.lift": Permission(JUDGES, "two, one of them safeguarding", "each", ("crisis lift",)),
    "day.acknowledge": Permission(
        (*AUTHORS, *REVIEWERS), "in words; never a crisis", commands=("campaign fine",)
    ),
    # the house
    "account.own": Permission(HANDS, "two confirm whose it is", "each"),
    "account.pose": Permission(HANDS, "nothing goes there from then on", commands=("channel poses",)),
    "account.open": Permission(HANDS, "two say that it pretends to be nobody", "each", ("channel open",)),
    "account.credential": Permission(
        HANDS, "kept sealed and never shown again; who answers to it is looked at anew", "each",
        ("channel rotate", "channel ended"),
    ),
    "account.poster": Permission(HANDS, "somebody who may post by hand", commands=("channel poster",)),
    "account.ask": Permission(HANDS, commands=("channel verify",)),
    "account.read": Permission(ANYBODY, commands=("channel list",)),
    "rules.change": Permission(
        JUDGES, "two, one of them safeguarding", "each", ("rules propose", "rules confirm")
    ),
    "instance.arm": Permission((*KEEPERS, "operator"), "two", "each", ("doctor",)),
    "backup.make": Permission((*KEEPERS, "operator"), commands=("backup",)),
    "backup.restore": Permission((*KEEPERS, "operator"), "all programs stopped", commands=("restore",)),
    # what anybody here may read
    "plan.read": Permission(ANYBODY, commands=("forecast", "plan show", "campaign days")),
    "message.read": Permission(ANYBODY, commands=("show", "preview", "where-used")),
    "appeal.close": Permission(
        (*JUDGES, "operator"), "with what the platform answered", "recent", ("watched appeal",)
    ),
    "stranger.answer": Permission(HANDS, "it is on the record whose word it was", "recent", ("watched stranger",)),
    "watch.read": Permission(ANYBODY, commands=("watched list",)),
    "evidence.take": Permission(
        (*JUDGES, "operator"), "on the record; nothing sealed is opened", "recent", ("export post", "export campaign")
    ),
    "hashtag.read": Permission(ANYBODY, commands=("campaign tags",)),
    "record.read": Permission(ANYBODY, commands=("audit verify", "audit export")),
    "people.read": Permission(ANYBODY, commands=("user list", "user deputies")),
    "rules.read": Permission(ANYBODY, commands=("rules show",)),
    "home.read": Permission(ANYBODY, commands=("status", "crisis list")),
    "moderation.read": Permission(ANYBODY, commands=("moderation show",)),
    "settings.read": Permission(ANYBODY, "secrets are never shown"),
    "link.read": Permission(ANYBODY, commands=("link list", "link copy")),
    # what is one's own
    "own.read": Permission(ANYBODY, "only of oneself"),
    "own.change": Permission(ANYBODY, "only for oneself", "each"),
    "own.notices": Permission(ANYBODY, "only of oneself; the address is kept sealed", "recent", ("user notices",)),
    "own.end": Permission(ANYBODY, "only one's own sessions"),
}  # fmt: skip


def permission(verb: str) -> Permission:
    """What this verb takes. Raises KeyError for one that does not stand in the table: that is a fault of ours."""
    return PERMISSIONS[verb]
