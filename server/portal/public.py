"""What the pages of modules may use of the portal; nothing else of the server is theirs to import.

A module's page is a function of the Portal and of what was Asked, as the portal's own are. Beside
these it reads the store, through `shown_to` like everybody, and writes changesets.
"""

from __future__ import annotations

from server.cursor import cursor_of as cursor_of
from server.module_tables import ModuleTable as ModuleTable
from server.portal import builder as builder
from server.portal.asked import Asked as Asked
from server.portal.attachments import media_type as media_type
from server.portal.cursors import after as after
from server.portal.days import midnight as midnight
from server.portal.forms import Form as Form
from server.portal.forms import edited as edited
from server.portal.forms import operation_on as operation_on
from server.portal.forms import read_form as read_form
from server.portal.forms import texts as texts
from server.portal.forms import write as write
from server.portal.lines import Group as Group
from server.portal.lines import Line as Line
from server.portal.lists import found_row as found_row
from server.portal.numbers import numbers as numbers
from server.portal.numbers import one_more as one_more
from server.portal.pages import Link as Link
from server.portal.pages import ModulePages as ModulePages
from server.portal.pages import Panel as Panel
from server.portal.pages import Portal as Portal
from server.portal.pages import own_path as own_path
from server.portal.pages import to as to
from server.portal.pickers import choices as choices
from server.portal.pickers import referred as referred
from server.portal.refusals import NotAllowed as NotAllowed
from server.portal.refusals import TooMuch as TooMuch
from server.portal.refusals import Unclear as Unclear
from server.portal.refusals import Unseen as Unseen
from server.portal.rule_rows import in_line as in_line
from server.portal.rule_rows import parts as parts
from server.portal.setting import Setting as Setting
from server.portal.table_exports import WantedTable as WantedTable
from server.portal.table_exports import export_table as export_table
from server.portal.targets import MOST_TARGETS as MOST_TARGETS
from server.portal.targets import TARGET_KINDS as TARGET_KINDS
from server.portal.targets import TargetLine as TargetLine
from server.portal.targets import picked as picked
from server.portal.targets import target_called as target_called
from server.portal.targets import target_lines as target_lines
from server.portal.targets import target_of as target_of
from server.portal.values import Wrong as Wrong
from server.portal.values import hint as hint
from server.portal.values import read as read
from server.portal.values import shown as shown
from server.portal.values import typed as typed
from server.portal.words import Words as Words
