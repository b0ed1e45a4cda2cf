"""How many faces a machine sees, so that a person looks: what it misses is why a person is asked in any case.

The cascades lie in OpenCV's own package; nothing is downloaded. Runs in the child of content/encoding alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy
from PIL import Image

_CASCADES = ("frontalface_default", "frontalface_alt2", "profileface")
_SIDE = 1200  # pixels to which a picture is brought before anybody looks for faces
_STEP, _NEIGHBOURS = 1.1, 4


def most_faces(images: Iterable[Image.Image]) -> int:
    """The most faces that one of the pictures shows, by the cascade that finds most."""
    cascades = [_cascade(name) for name in _CASCADES]
    return max((max(_found(cascades, image)) for image in images), default=0)


def _cascade(name: str) -> Any:
    path = Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"
    cascade = cv2.CascadeClassifier(str(path))
    if cascade.empty():
        raise RuntimeError(f"the cascade {name} is not there")
    return cascade


def _found(cascades: list[Any], image: Image.Image) -> list[int]:
    """How many each cascade finds; profiles are looked for from both sides."""
    small = image.convert("L")
    small.thumbnail((_SIDE, _SIDE))
    grey = cv2.equalizeHist(numpy.asarray(small))
    counts = [len(one.detectMultiScale(grey, _STEP, _NEIGHBOURS)) for one in cascades]
    return [*counts, len(cascades[-1].detectMultiScale(cv2.flip(grey, 1), _STEP, _NEIGHBOURS))]
