"""As before."""

from tests.versions.migrations_1.tours_0001 import (
    branch_labels as branch_labels,
)
from tests.versions.migrations_1.tours_0001 import (
    depends_on as depends_on,
)
from tests.versions.migrations_1.tours_0001 import (
    down_revision as down_revision,
)
from tests.versions.migrations_1.tours_0001 import (
    revision as revision,
)
from tests.versions.migrations_1.tours_0001 import (
    upgrade as upgrade,
)
