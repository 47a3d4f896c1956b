"""As before."""

from tests.versions.migrations_2.tours_0002 import (
    branch_labels as branch_labels,
)
from tests.versions.migrations_2.tours_0002 import (
    depends_on as depends_on,
)
from tests.versions.migrations_2.tours_0002 import (
    down_revision as down_revision,
)
from tests.versions.migrations_2.tours_0002 import (
    revision as revision,
)
from tests.versions.migrations_2.tours_0002 import (
    upgrade as upgrade,
)
