"""The reference client, unchanged, without Ice: what it asks OMERO for, the stand-in answers.

Of its own code all of it runs; replaced is only what it would import from omero-py.
"""

import importlib
import importlib.util
import sys
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest
import requests

TIMEOUT = 10
_MODULES = ("omero", "omero.clients", "omero.gateway", "omero.grid", "omero.model", "omero.rtypes")


class _Anything(ModuleType):
    """A module that has a class of any name."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, type(name, (), {}))
        return getattr(self, name)


class Client:
    """What the reference client wants of a connection by Ice: a session, and tables."""

    def __init__(self, server):
        self._server = server
        self._http = requests.Session()
        self._key = ""

    def get(self, path, **params):
        headers = {"X-Requested-With": "XMLHttpRequest"}
        url = f"{self._server.url}{path}"
        return self._http.get(url, params=params, headers=headers, timeout=TIMEOUT).json()

    def createSession(self, *, username, password, server="1"):  # noqa: N802 - Ice's name
        referer = self._server.url.replace("http://", "https://")
        headers = {"X-CSRFToken": self.get("/api/v0/token/")["data"], "Referer": referer}
        form = {"username": username, "password": password, "server": server}
        url = f"{self._server.url}/api/v0/login/"
        answer = self._http.post(url, data=form, headers=headers, timeout=TIMEOUT).json()
        if "eventContext" not in answer:
            raise PermissionError(answer["message"])
        self._key = answer["eventContext"]["sessionUuid"]

    def getSessionId(self):  # noqa: N802 - Ice's name
        return self._key

    def enableKeepAlive(self, seconds):  # noqa: N802 - Ice's name
        pass

    def closeSession(self):  # noqa: N802 - Ice's name
        self._http.close()

    @property
    def sf(self):
        return SimpleNamespace(sharedResources=lambda: self)

    def openTable(self, file, context):  # noqa: N802 - Ice's name
        return Table(self, file.id)

    def file(self, kind, number):
        """Find a table's file by its own id or by its annotation's, as the web client lists it."""
        for one in self._server.registered:
            if number != (one.file_id if kind == "OriginalFile" else one.annotation_id):
                continue
            parent, parent_id = one.targets[0].lower().split(":")
            asked = {"type": "file", parent: parent_id}
            listed = self.get("/webclient/api/annotations/", **asked)["annotations"]
            files = {each["id"]: each["file"] for each in listed}
            return SimpleNamespace(**files[one.annotation_id])
        return None


class Table:
    """An OMERO.table, by way of the webgateway."""

    def __init__(self, client, file_id):
        self._client = client
        self._path = f"/webgateway/table/{file_id}"

    def _ask(self, page, **params):
        return self._client.get(f"{self._path}/{page}/", **params)

    def getHeaders(self):  # noqa: N802 - Ice's name
        return [SimpleNamespace(name=c["name"]) for c in self._ask("metadata")["columns"]]

    def getNumberOfRows(self):  # noqa: N802 - Ice's name
        return self._ask("metadata")["totalCount"]

    def getWhereList(self, *, condition, variables, start, stop, step):  # noqa: N802 - Ice's name
        return self._ask("rows", query=condition, start=start)["rows"]

    def read(self, columns, start, stop):
        return self.slice(columns, range(start, stop))

    def slice(self, columns, rows):
        asked = {"rows": ",".join(map(str, rows)), "columns": ",".join(map(str, columns))}
        found = self._ask("slice", **asked)
        pairs = zip(found["meta"]["columns"], found["columns"], strict=True)
        named = [SimpleNamespace(name=name, values=values) for name, values in pairs]
        return SimpleNamespace(columns=named, rowNumbers=list(rows))


class _Gateway:
    def __init__(self, *, client_obj):
        self.c = client_obj

    def getQueryService(self):  # noqa: N802 - Ice's name
        return self

    def find(self, kind, number, context):
        return self.c.file(kind, number)

    def findByQuery(self, query, parameters, context):  # noqa: N802 - Ice's name
        return self.c.file("FileAnnotation", parameters.id)


class _Parameters:
    def addId(self, number):  # noqa: N802 - Ice's name
        self.id = number


@contextmanager
def reference_client(server=None):
    """Import the reference client for a while; its client speaks to `server`.

    Where it is not installed, or cannot work with the pandas that is, the test is skipped.
    """
    if importlib.util.find_spec("omero2pandas") is None or pd.__version__ >= "3":
        pytest.skip("the reference client is not here, or refuses this pandas")
    before = {name: module for name, module in sys.modules.items() if _is_theirs(name)}
    for name in before:
        del sys.modules[name]
    try:
        _take_ice_out(server)
        yield importlib.import_module("omero2pandas")
    finally:
        for name in [name for name in sys.modules if _is_theirs(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_theirs(name):
    return name.partition(".")[0] in {"omero", "omero2pandas"}


def _take_ice_out(server):
    made = {name: _Anything(name) for name in _MODULES}
    sys.modules.update(made)
    omero = made["omero"]
    for name in _MODULES[1:]:
        setattr(omero, name.partition(".")[2], made[name])
    omero.client = lambda host, port: Client(server)
    omero.sys = SimpleNamespace(ParametersI=_Parameters)
    omero.clients.BaseClient = Client
    omero.gateway.BlitzGateway = _Gateway
    omero.rtypes.unwrap = lambda value: value
