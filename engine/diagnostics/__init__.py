"""What is wrong with a spec, as values: collected in one pass, ordered, rendered for people and for machines."""

from engine.diagnostics.codes import CODES
from engine.diagnostics.collection import Diagnostics
from engine.diagnostics.diagnostic import Diagnostic, Related, Severity, problem
from engine.diagnostics.render_json import as_json
from engine.diagnostics.render_text import as_text

__all__ = ["CODES", "Diagnostic", "Diagnostics", "Related", "Severity", "as_json", "as_text", "problem"]
