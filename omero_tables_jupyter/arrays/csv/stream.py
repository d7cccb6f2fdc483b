"""The bytes of a CSV file as UTF-8 without a mark in front: unpacked and re-encoded in pieces."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from omero_tables_jupyter.errors import DataError, OptionError, PathError
from omero_tables_jupyter.text import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

__all__ = ["UTF8", "CsvPath", "TextBytes", "place_of", "sniff_encoding", "undecodable"]

_Of = TypeVar("_Of")
_Got = TypeVar("_Got")
UTF8 = "utf-8"
_BOM = codecs.BOM_UTF8
_GZIP_MAGIC = b"\x1f\x8b"
# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class CsvPath:
    """A file as it was found: where, how long, when it was written, whether it is packed."""

    path: Path
    size: int
    modified_ns: int
    is_gzip: bool

    @property
    def label(self) -> str:
        """The file's name, for messages."""
        return self.path.name

    def check_unchanged(self) -> None:
        """Refuse to go on with a file that somebody has written to meanwhile.

        Raises
        ------
        DataError
            When its size or time differs from what was found first.

        """
        with _file_errors(self.path):
            now = self.path.stat()
        if (now.st_size, now.st_mtime_ns) != (self.size, self.modified_ns):
            raise DataError(
                f"'{self.label}' was changed while it was being read",
                hint="wait until nothing writes to it any more, then try again",
            )


def place_of(path: Path) -> CsvPath:
    """Look at a file.

    Raises
    ------
    PathError
        When it is missing, a folder, or not readable.
    DataError
        When it is named ``.gz`` and is not.

    """
    with _file_errors(path):
        found = path.stat()
        with path.open("rb") as file:
            is_gzip = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    if path.suffix.lower() == ".gz" and found.st_size and not is_gzip:
        raise DataError(
            f"'{path.name}' is named .gz, but it is not a gzip file",
            hint="if it is plain text, rename it without '.gz'; else fetch or export it again",
        )
    return CsvPath(path, found.st_size, found.st_mtime_ns, is_gzip)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise PathError(
            f"there is no file '{path}'",
            hint="check the path, and that the drive or share is connected",
        ) from error
    except IsADirectoryError as error:
        raise _folder(path) from error
    except PermissionError as error:
        if path.is_dir():  # Windows says so of a folder
            raise _folder(path) from error
        raise PathError(
            f"'{path}' may not be read: permission denied",
            hint="ask for the right to read it, or copy it to a folder of yours",
        ) from error
    except OSError as error:
        raise PathError(
            f"'{path}' cannot be read: {error.strerror or error}",
            hint="check the path, and that the drive or share is connected",
        ) from error


def _folder(path: Path) -> PathError:
    return PathError(f"'{path}' is a folder, not a file", hint="give the path of the file in it")


def sniff_encoding(place: CsvPath) -> str:
    """Give the encoding that a byte-order mark announces, else 'utf-8'; nothing is guessed."""
    with TextBytes(place, UTF8) as raw:
        head = raw.read_raw(len(codecs.BOM_UTF32_LE))
    return next((name for mark, name in _MARKS if head.startswith(mark)), UTF8)


def undecodable(label: str, encoding: str, error: UnicodeError, offset: int) -> DataError:
    """Say which byte cannot be read, and how to name the right encoding."""
    byte = ""
    if isinstance(error, UnicodeDecodeError):
        byte = f" (0x{error.object[error.start]:02x})" if error.start < len(error.object) else ""
    return DataError(
        f"'{label}' is not {encoding} text: byte {count(offset)}{byte} cannot be read as such",
        hint="say how it is encoded: --encoding latin-1 (encoding='latin-1'); it is cp1252 for "
        "Excel on Windows, and utf-16-le for some instruments",
    )


class TextBytes:
    """A file read forward as UTF-8; a context manager.

    Parameters
    ----------
    place
        The file.
    encoding
        Any of Python's text encodings.

    Raises
    ------
    OptionError
        When there is no such encoding.
    PathError, DataError
        From `read` too: when the file cannot be read, unpacked or decoded.

    """

    def __init__(self, place: CsvPath, encoding: str) -> None:
        self._place = place
        self._encoding = encoding
        self._decoder = _decoder(encoding)
        self._decoded = 0
        self._at_start = True
        self._ended = False
        #: How many bytes a byte-order mark took in front of UTF-8 text.
        self.skipped = 0
        with _file_errors(place.path):
            self._file = place.path.open("rb")
        self._bytes: io.BufferedIOBase = (
            gzip.GzipFile(fileobj=self._file) if place.is_gzip else self._file
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file, packed or not, have been taken in."""
        return self._file.tell()

    def read(self, n_bytes: int) -> bytes:
        """Read about so many bytes more, as UTF-8; b'' at the end only."""
        text = b""
        while not text and not self._ended:
            raw = self.read_raw(n_bytes)
            self._ended = not raw
            text = self._recode(raw) if self._decoder else raw
            if text and self._at_start:
                self._at_start = False
                text = self._without_mark(text)
        return text

    def read_after(self, start: bytearray, n_bytes: int) -> bytearray:
        """Give what `read` would give, behind `start`; copied only if it has to be."""
        if self._decoder or self._at_start:
            return start + self.read(n_bytes)
        data = bytearray(len(start) + n_bytes)
        data[: len(start)] = start
        with memoryview(data) as whole, whole[len(start) :] as room:
            n_read = self._explained(self._bytes.readinto, room)
        del data[len(start) + n_read :]
        return data

    def read_raw(self, n_bytes: int) -> bytes:
        """Read so many bytes more as the file has them, unpacked; fewer at the end only."""
        return self._explained(self._bytes.read, n_bytes)

    def _explained(self, read: Callable[[_Of], _Got], of: _Of) -> _Got:
        try:
            with _file_errors(self._place.path):
                return _unpacked(read, of)
        except _PackedError as error:
            raise DataError(
                f"'{self._place.label}' is a damaged or incomplete gzip file: {error}",
                hint="copy or download it again",
            ) from error

    def _recode(self, raw: bytes) -> bytes:
        assert self._decoder is not None  # noqa: S101 - for mypy: `read` asked
        held = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(raw, final=not raw)
            data = text.encode(UTF8)
        except UnicodeError as error:
            within = error.start if isinstance(error, UnicodeDecodeError) else 0
            at = max(self._decoded - held + within, 0)
            raise undecodable(self._place.label, self._encoding, error, at) from error
        self._decoded += len(raw)
        return data

    def _without_mark(self, text: bytes) -> bytes:
        if not text.startswith(_BOM):
            return text
        self.skipped = 0 if self._decoder else len(_BOM)
        return text[len(_BOM) :]


# Encodings of host names, which read no files: they would not come to an end.
_OF_NAMES = ("idna", "punycode")


class _PackedError(Exception):
    """A gzip file that cannot be unpacked; leaves this module as a DataError."""


def _unpacked(read: Callable[[_Of], _Got], of: _Of) -> _Got:
    try:
        return read(of)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _PackedError(str(error).rstrip(".")) from error


def _no_encoding(encoding: object) -> OptionError:
    return OptionError(
        f"there is no text encoding {encoding!r}",
        hint="common ones are utf-8, latin-1, cp1252 and utf-16",
    )


def _decoder(encoding: str) -> codecs.IncrementalDecoder | None:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding)  # refuses what is not for text, such as 'hex'
        name = codecs.lookup(encoding).name
    except (LookupError, TypeError, ValueError) as error:
        raise _no_encoding(encoding) from error
    if name in _OF_NAMES:
        raise _no_encoding(encoding)
    if name in {UTF8, "utf-8-sig"}:
        return None
    return codecs.getincrementaldecoder(name)()
