"""The module's manifest."""

from __future__ import annotations

from modules.masterdata import articles, customers, people, visibility
from syncengine.model.handover import HandOver
from syncengine.model.module import Module
from syncengine.model.terms import Audiences, Rules, Substitution, Subtree

MASTERDATA = Module(
    number=1,
    name="masterdata",
    version=1,
    people="employee",
    entities=(
        people.EMPLOYEE,
        people.EMPLOYEE_PRIVATE,
        people.SUBSTITUTION,
        people.SUBSTITUTION_CUSTOMER,
        customers.MARKET,
        customers.CUSTOMER,
        customers.CONTACT,
        customers.APPOINTMENT,
        customers.NOTE,
        customers.CUSTOMER_TERMS,
        articles.PRODUCT_GROUP,
        articles.ARTICLE,
        articles.PURCHASE_PRICE,
        articles.CATALOGUE,
        articles.CATALOGUE_ARTICLE,
        articles.CATALOGUE_MARKET,
        articles.CATALOGUE_CUSTOMER,
        articles.EXPENSE_TYPE,
        visibility.AUDIENCE,
        visibility.AUDIENCE_MEMBER,
        visibility.RULE,
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
            only_listed="only_listed",
        ),
        Rules(
            "rule",
            target="target",
            condition="condition",
            audience="audience",
            active="active",
            starts="starts_at",
            ends="ends_at",
        ),
        Audiences(
            "audience",
            number="number",
            members="audience_member",
            audience="audience",
            person="employee",
            below="below",
        ),
    ),
    migrations="modules.masterdata:migrations",
    portal="modules.masterdata.portal",
    hands_over=(
        HandOver("customer", "owner"),
        HandOver("appointment", "employee", from_now_on="starts_at"),
        HandOver("employee", "substitute"),
    ),
)
