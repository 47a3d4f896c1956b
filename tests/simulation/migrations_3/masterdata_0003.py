"""As the module has it."""

from modules.masterdata.migrations.masterdata_0003 import (
    branch_labels as branch_labels,
)
from modules.masterdata.migrations.masterdata_0003 import (
    depends_on as depends_on,
)
from modules.masterdata.migrations.masterdata_0003 import (
    down_revision as down_revision,
)
from modules.masterdata.migrations.masterdata_0003 import (
    revision as revision,
)
from modules.masterdata.migrations.masterdata_0003 import (
    upgrade as upgrade,
)
