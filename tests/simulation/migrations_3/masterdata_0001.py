"""As the module has it."""

from modules.masterdata.migrations.masterdata_0001 import (
    branch_labels as branch_labels,
)
from modules.masterdata.migrations.masterdata_0001 import (
    depends_on as depends_on,
)
from modules.masterdata.migrations.masterdata_0001 import (
    down_revision as down_revision,
)
from modules.masterdata.migrations.masterdata_0001 import (
    revision as revision,
)
from modules.masterdata.migrations.masterdata_0001 import (
    upgrade as upgrade,
)
