"""A QR reader that did not write what it reads: OpenCV's."""

import base64

import cv2
import numpy as np
from cv2.typing import MatLike

PNG_URI = "data:image/png;base64,"


def picture(data_uri: str) -> MatLike:
    """The grey pixels of a PNG in a data URI."""
    assert data_uri.startswith(PNG_URI), data_uri[:40]
    png = np.frombuffer(base64.b64decode(data_uri.removeprefix(PNG_URI), validate=True), np.uint8)
    pixels = cv2.imdecode(png, cv2.IMREAD_GRAYSCALE)
    assert pixels is not None, "not a PNG"
    return pixels


def scanned(data_uri: str) -> str:
    """The text of the QR code in a data URI, empty if there is none that can be read.

    By the detector that looks for finder patterns as markers: OpenCV's other one misses one good code in twenty.
    """
    return cv2.QRCodeDetectorAruco().detectAndDecode(picture(data_uri))[0]
