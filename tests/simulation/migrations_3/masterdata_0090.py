"""As before."""

from tests.simulation.migrations_2.masterdata_0090 import (
    branch_labels as branch_labels,
)
from tests.simulation.migrations_2.masterdata_0090 import (
    depends_on as depends_on,
)
from tests.simulation.migrations_2.masterdata_0090 import (
    down_revision as down_revision,
)
from tests.simulation.migrations_2.masterdata_0090 import (
    revision as revision,
)
from tests.simulation.migrations_2.masterdata_0090 import (
    upgrade as upgrade,
)
