"""Thumbnails of cells that never were, as grey JPEGs made with numpy alone."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from omero_tables_jupyter.demo.lab import Image
from omero_tables_jupyter.demo.messages import PageError, Response, json_reply
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES", "draw", "jpeg"]

_DEFAULT_SIZE, _LARGEST = 96, 512
_MOST_AT_ONCE = 50
_BLOCK = 8
_GREYS = 256
Pixels = np.ndarray[Any, np.dtype[Any]]


def draw(image_id: int, size: int) -> Pixels:
    """Draw a field of cells: grey values (size, size) from 0 to 255, the same ones for an id."""
    rng = np.random.default_rng(image_id)
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    field = 0.06 + 0.02 * rng.random((size, size))
    for _ in range(int(rng.integers(8, 18))):
        cx, cy = rng.uniform(0.05, 0.95, 2)
        across, down = rng.uniform(0.03, 0.07, 2)
        turn = rng.uniform(0, np.pi)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        distance = (u / across) ** 2 + (v / down) ** 2
        field += rng.uniform(0.4, 0.9) * np.exp(-(distance**2))
    return (np.clip(field, 0, 1) * (_GREYS - 1)).astype(np.uint8)


def _zigzag() -> list[int]:
    """Give the order in which JPEG walks through a block, as flat indices."""
    cells = [(i, j) for i in range(_BLOCK) for j in range(_BLOCK)]
    walk = sorted(cells, key=lambda c: (c[0] + c[1], c[(c[0] + c[1] + 1) % 2]))
    return [i * _BLOCK + j for i, j in walk]


_ORDER = _zigzag()
_STEPS = np.array([[8 + 3 * (i + j) for j in range(_BLOCK)] for i in range(_BLOCK)])
_COSINES = np.array(
    [
        [
            np.sqrt((1 if u == 0 else 2) / _BLOCK) * np.cos((2 * x + 1) * u * np.pi / (2 * _BLOCK))
            for x in range(_BLOCK)
        ]
        for u in range(_BLOCK)
    ]
)
# Codes of one length each: a valid Huffman table without the standard's long lists, a bit larger.
_DC_BITS, _AC_BITS = 4, 8
_DC_SYMBOLS = list(range(12))
_AC_SYMBOLS = [0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 11)]
_AC_CODES = {symbol: code for code, symbol in enumerate(_AC_SYMBOLS)}
_LONGEST_RUN = 15


def jpeg(grey: Pixels) -> bytes:
    """Write grey values (height, width), uint8, as a baseline JPEG."""
    height, width = grey.shape
    size = height.to_bytes(2) + width.to_bytes(2)
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _segment(0xDB, b"\0" + bytes(int(s) for s in _STEPS.ravel()[_ORDER])),
            _segment(0xC0, b"\x08" + size + b"\x01\x01\x11\0"),
            _segment(0xC4, b"\0" + _huffman(_DC_BITS, _DC_SYMBOLS)),
            _segment(0xC4, b"\x10" + _huffman(_AC_BITS, _AC_SYMBOLS)),
            _segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            _packed("".join(_bits(grey))),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2) + data


def _huffman(bits: int, symbols: list[int]) -> bytes:
    counts = [len(symbols) if length == bits else 0 for length in range(1, 17)]
    return bytes(counts) + bytes(symbols)


def _bits(grey: Pixels) -> Iterator[str]:
    previous = 0
    for block in _transformed(grey):
        first = block[0] - previous
        previous = block[0]
        length = abs(first).bit_length()
        yield f"{length:0{_DC_BITS}b}{_amplitude(first, length)}"
        yield from _frequencies(block[1:])


def _transformed(grey: Pixels) -> list[list[int]]:
    """Cut into blocks, and give the rounded frequencies of each in JPEG's order."""
    height, width = grey.shape
    padded = np.pad(grey, ((0, -height % _BLOCK), (0, -width % _BLOCK)), mode="edge")
    down, across = (length // _BLOCK for length in padded.shape)
    blocks = padded.reshape(down, _BLOCK, across, _BLOCK).swapaxes(1, 2).reshape(-1, _BLOCK, _BLOCK)
    found = np.rint(_COSINES @ (blocks - 128.0) @ _COSINES.T / _STEPS).astype(int)
    return found.reshape(len(found), -1)[:, _ORDER].tolist()  # type: ignore[no-any-return]


def _frequencies(values: list[int]) -> Iterator[str]:
    zeros = 0
    last = max((i for i, value in enumerate(values) if value), default=-1)
    for value in values[: last + 1]:
        if value == 0:
            zeros += 1
            continue
        while zeros > _LONGEST_RUN:
            yield f"{_AC_CODES[0xF0]:0{_AC_BITS}b}"
            zeros -= _LONGEST_RUN + 1
        length = abs(value).bit_length()
        code = _AC_CODES[zeros << 4 | length]
        yield f"{code:0{_AC_BITS}b}{_amplitude(value, length)}"
        zeros = 0
    if last + 1 < len(values):
        yield f"{_AC_CODES[0]:0{_AC_BITS}b}"


def _amplitude(value: int, length: int) -> str:
    if not length:
        return ""
    return f"{value if value > 0 else value + (1 << length) - 1:0{length}b}"


def _packed(bits: str) -> bytes:
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")


@lru_cache(maxsize=256)
def _thumbnail(image_id: int, size: int) -> bytes:
    return jpeg(draw(image_id, size))


def _seen(call: Call, image_id: int) -> bool:
    image = call.site.lab.get("Image", image_id)
    return isinstance(image, Image) and call.site.lab.can_read(call.user, image)


def _render(call: Call) -> Response:
    image_id = int(call.args["id"])
    if not _seen(call, image_id):
        raise PageError(404)
    size = min(int(call.args.get("width") or _DEFAULT_SIZE), _LARGEST)
    return Response(200, _thumbnail(image_id, max(size, 1)), "image/jpeg")


def _many(call: Call) -> Response:
    ids = list(dict.fromkeys(int(number) for number in call.request.all("id")))
    if len(ids) > _MOST_AT_ONCE:
        words = f"Max {_MOST_AT_ONCE} thumbnails at a time."
        return Response(500, words.encode(), "text/javascript")
    found = {str(i): _data_url(i) if _seen(call, i) else None for i in ids}
    return json_reply(found)


def _data_url(image_id: int) -> str:
    raw = b64encode(_thumbnail(image_id, _DEFAULT_SIZE)).decode()
    return f"data:image/jpeg;base64,{raw}"


ROUTES = (
    Route("/webgateway/render_thumbnail/<int:id>/", _render, Access.WEB),
    Route("/webgateway/render_thumbnail/<int:id>/<int:width>/", _render, Access.WEB),
    Route("/webclient/get_thumbnails/", _many, Access.WEB),
)
