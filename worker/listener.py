"""What listens for rings. Whoever reaches the broker can put anything there: junk ends nothing."""

from typing import Any

from celery.worker.consumer import Consumer

# What Celery and kombu raise while they unpack a message that nobody should have sent.
JUNK = (ValueError, TypeError, KeyError, IndexError, AttributeError)


class Listener(Consumer):
    """Junk counts as a lost connection: the message is dropped, the line opened anew, and the pulse goes on."""

    connection_errors: tuple[type[BaseException], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection_errors = (*self.connection_errors, *JUNK)
