"""The module's manifest."""

from __future__ import annotations

from modules.masterdata import articles, customers, people
from syncengine.model.manifest import Module
from syncengine.model.terms import Substitution, Subtree

MASTERDATA = Module(
    number=1,
    name="masterdata",
    version=1,
    people="employee",
    entities=(
        people.EMPLOYEE,
        people.EMPLOYEE_PRIVATE,
        people.SUBSTITUTION,
        customers.MARKET,
        customers.CUSTOMER,
        customers.CONTACT,
        customers.APPOINTMENT,
        customers.NOTE,
        articles.PRODUCT_GROUP,
        articles.ARTICLE,
        articles.CATALOGUE,
        articles.CATALOGUE_ARTICLE,
        articles.CATALOGUE_MARKET,
        articles.CATALOGUE_CUSTOMER,
        articles.EXPENSE_TYPE,
    ),
    grants=(
        Subtree("employee", parent="manager"),
        Substitution(
            "substitution",
            absent="absent",
            substitute="substitute",
            active="active",
            starts="starts_at",
            ends="ends_at",
            lead_days="lead_days",
            trail_days="trail_days",
        ),
    ),
    migrations="modules.masterdata:migrations",
)
