"""All plants by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.simulation.planted import (
    blobs,
    device,
    documents,
    early,
    feed,
    lifecycles,
    money,
    slices,
    strangers,
    visits,
    work,
)
from tests.simulation.planted.planting import Plant

ALL: dict[str, Plant] = {
    plant.name: plant
    for subject in (
        feed,
        slices,
        work,
        device,
        strangers,
        early,
        lifecycles,
        blobs,
        visits,
        documents,
        money,
    )
    for plant in subject.PLANTS
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The bug of that name, while the block runs."""
    with ALL[name].planted():
        yield
