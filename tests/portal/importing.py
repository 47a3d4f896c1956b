"""Importing a file in the portal, step by step, as tests do it."""

from __future__ import annotations

import re

import httpx2
import sqlalchemy as sa

from syncengine.store.database import reading
from tests.portal.conftest import Desk, Visitor, inputs

NEW = "/portal/imports/new"
HEAD = "Kundennummer;Name;Rep;Jahresumsatz"


def bring(
    visitor: Visitor, content: bytes | str, name: str = "shops.csv", csrf: str | None = None
) -> httpx2.Response:
    """Send the upload form."""
    body = content.encode() if isinstance(content, str) else content
    sent = {"csrf": visitor.csrf if csrf is None else csrf}
    return visitor.http.post(NEW, data=sent, files={"file": (name, body)})


def brought_file(desk: Desk, visitor: Visitor, *lines: str, head: str = HEAD) -> str:
    """The address of a file that was brought and looked at."""
    answer = bring(visitor, "\n".join([head, *lines, ""]))
    assert answer.status_code == 303, answer.text
    desk.errands.do_waiting()
    return answer.headers["location"]


def map_columns(visitor: Visitor, path: str, entity: str = "customer", **said: str) -> str:
    """Send the form of the columns as it is proposed, but for what is said; where it leads."""
    page = visitor.get(f"{path}/columns?entity={entity}").text
    form = columns_form(page) | {name.replace("__", "."): value for name, value in said.items()}
    answer = visitor.http.post(f"{path}/columns", data={**form, "do": "check"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def columns_form(page: str) -> dict[str, str]:
    """As a browser sends it: a box that is not checked is not sent, and what of a choice stands
    first is what the server takes where nothing is said.
    """
    found = inputs(page).items()
    form = {n: v for n, v in found if not n.startswith("key.") and (v or n.startswith("to."))}
    boxes = re.findall(r'<input[^>]*name="(key\.\d+)"[^>]* checked', page)
    form |= dict.fromkeys(boxes, "1")
    return form | {"csrf": inputs(page)["csrf"]}


def checked(desk: Desk, visitor: Visitor, *lines: str, head: str = HEAD, **said: str) -> str:
    """A file that was checked."""
    path = brought_file(desk, visitor, *lines, head=head)
    desk.office.time.now += 1
    assert visitor.get(path).headers["location"] == f"{path}/columns"
    assert map_columns(visitor, path, **said) == path
    desk.errands.do_waiting()
    return path


def press(desk: Desk, visitor: Visitor, path: str, do: str, **said: str) -> httpx2.Response:
    """One of the buttons of a file's page, and what comes of it is done."""
    desk.office.time.now += 1
    check = re.search(r'name="check" value="([0-9a-f]+)"', visitor.get(path).text)
    answer = visitor.post(path, do=do, check=check[1] if check else "", **said)
    desk.errands.do_waiting()
    return answer


def customers(desk: Desk) -> dict[str, tuple[object, ...]]:
    c = desk.store.tables["customer"].c
    with reading(desk.store.engine) as connection:
        rows = connection.execute(sa.select(c.number, c.name, c.owner, c.annual_sales, c.active))
        return {row[0]: tuple(row[1:]) for row in rows}


def ids(desk: Desk) -> dict[bytes, str]:
    c = desk.store.tables["customer"].c
    with reading(desk.store.engine) as connection:
        return {row.id: row.number for row in connection.execute(sa.select(c.id, c.number))}
