"""The module's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "masterdata_0001"
down_revision = None
branch_labels = ("masterdata",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "masterdata_appointment",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.Column("employee", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_appointment_customer", "masterdata_appointment", ["customer"], unique=False
    )
    op.create_index(
        "masterdata_appointment_employee", "masterdata_appointment", ["employee"], unique=False
    )
    op.create_table(
        "masterdata_article",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("product_number", sa.Text(), nullable=True),
        sa.Column("product_group", sa.LargeBinary(), nullable=True),
        sa.Column("color", sa.Text(), nullable=True),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("list_price", sa.BigInteger(), nullable=True),
        sa.Column("sold_from", sa.Text(), nullable=True),
        sa.Column("sold_until", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_article_number", "masterdata_article", ["number"], unique=False)
    op.create_index(
        "masterdata_article_product_group", "masterdata_article", ["product_group"], unique=False
    )
    op.create_table(
        "masterdata_catalogue",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Text(), nullable=True),
        sa.Column("valid_until", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_catalogue_number", "masterdata_catalogue", ["number"], unique=False)
    op.create_table(
        "masterdata_catalogue_article",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("catalogue", sa.LargeBinary(), nullable=True),
        sa.Column("article", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_catalogue_article_article",
        "masterdata_catalogue_article",
        ["article"],
        unique=False,
    )
    op.create_index(
        "masterdata_catalogue_article_catalogue",
        "masterdata_catalogue_article",
        ["catalogue"],
        unique=False,
    )
    op.create_table(
        "masterdata_catalogue_customer",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("catalogue", sa.LargeBinary(), nullable=True),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_catalogue_customer_catalogue",
        "masterdata_catalogue_customer",
        ["catalogue"],
        unique=False,
    )
    op.create_index(
        "masterdata_catalogue_customer_customer",
        "masterdata_catalogue_customer",
        ["customer"],
        unique=False,
    )
    op.create_table(
        "masterdata_catalogue_market",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("catalogue", sa.LargeBinary(), nullable=True),
        sa.Column("market", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_catalogue_market_catalogue",
        "masterdata_catalogue_market",
        ["catalogue"],
        unique=False,
    )
    op.create_index(
        "masterdata_catalogue_market_market",
        "masterdata_catalogue_market",
        ["market"],
        unique=False,
    )
    op.create_table(
        "masterdata_contact",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_contact_customer", "masterdata_contact", ["customer"], unique=False)
    op.create_table(
        "masterdata_customer",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("owner", sa.LargeBinary(), nullable=True),
        sa.Column("market", sa.LargeBinary(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("latitude", sa.BigInteger(), nullable=True),
        sa.Column("longitude", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("annual_sales", sa.BigInteger(), nullable=True),
        sa.Column("business_type", sa.Text(), nullable=True),
        sa.Column("specialty", sa.Text(), nullable=True),
        sa.Column("square_feet", sa.BigInteger(), nullable=True),
        sa.Column("staff", sa.BigInteger(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_customer_market", "masterdata_customer", ["market"], unique=False)
    op.create_index("masterdata_customer_number", "masterdata_customer", ["number"], unique=False)
    op.create_index("masterdata_customer_owner", "masterdata_customer", ["owner"], unique=False)
    op.create_table(
        "masterdata_employee",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("job_title", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("manager", sa.LargeBinary(), nullable=True),
        sa.Column("substitute", sa.LargeBinary(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_employee_manager", "masterdata_employee", ["manager"], unique=False)
    op.create_index("masterdata_employee_number", "masterdata_employee", ["number"], unique=False)
    op.create_index(
        "masterdata_employee_substitute", "masterdata_employee", ["substitute"], unique=False
    )
    op.create_table(
        "masterdata_employee_private",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("employee", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("hired_on", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_employee_private_employee",
        "masterdata_employee_private",
        ["employee"],
        unique=False,
    )
    op.create_table(
        "masterdata_expense_type",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_expense_type_number", "masterdata_expense_type", ["number"], unique=False
    )
    op.create_table(
        "masterdata_market",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("parent", sa.LargeBinary(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_market_number", "masterdata_market", ["number"], unique=False)
    op.create_index("masterdata_market_parent", "masterdata_market", ["parent"], unique=False)
    op.create_table(
        "masterdata_note",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.LargeBinary(), nullable=True),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_note_author", "masterdata_note", ["author"], unique=False)
    op.create_index("masterdata_note_customer", "masterdata_note", ["customer"], unique=False)
    op.create_table(
        "masterdata_product_group",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("parent", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_product_group_number", "masterdata_product_group", ["number"], unique=False
    )
    op.create_index(
        "masterdata_product_group_parent", "masterdata_product_group", ["parent"], unique=False
    )
    op.create_table(
        "masterdata_substitution",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("absent", sa.LargeBinary(), nullable=True),
        sa.Column("substitute", sa.LargeBinary(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("lead_days", sa.BigInteger(), nullable=True),
        sa.Column("trail_days", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_substitution_absent", "masterdata_substitution", ["absent"], unique=False
    )
    op.create_index(
        "masterdata_substitution_substitute",
        "masterdata_substitution",
        ["substitute"],
        unique=False,
    )
    op.create_table(
        "masterdata_audience",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_audience_number", "masterdata_audience", ["number"], unique=False)
    op.create_table(
        "masterdata_audience_member",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.LargeBinary(), nullable=True),
        sa.Column("employee", sa.LargeBinary(), nullable=True),
        sa.Column("below", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for field in ("audience", "employee"):
        op.create_index(
            f"masterdata_audience_member_{field}",
            "masterdata_audience_member",
            [field],
            unique=False,
        )
    op.create_table(
        "masterdata_rule",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("audience", sa.LargeBinary(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("masterdata_rule_number", "masterdata_rule", ["number"], unique=False)
    op.create_index("masterdata_rule_audience", "masterdata_rule", ["audience"], unique=False)
    op.create_table(
        "masterdata_purchase_price",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.LargeBinary(), nullable=True),
        sa.Column("purchase_price", sa.BigInteger(), nullable=True),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_purchase_price_article", "masterdata_purchase_price", ["article"], unique=False
    )
    op.create_table(
        "masterdata_customer_terms",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.Column("credit_limit", sa.BigInteger(), nullable=True),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "masterdata_customer_terms_customer",
        "masterdata_customer_terms",
        ["customer"],
        unique=False,
    )
