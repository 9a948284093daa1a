"""From a Document to a Net: old formats upgraded, fields decoded, rules applied, layers wired and measured."""

from netspec.lower.driver import AS_IT_IS as AS_IT_IS
from netspec.lower.driver import Request as Request
from netspec.lower.driver import examine as examine
from netspec.lower.driver import in_order as in_order
from netspec.lower.driver import lower as lower
