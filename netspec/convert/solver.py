"""A solver as prototxt of today."""

from __future__ import annotations

from netspec.convert.comments import END, moved, remarks
from netspec.convert.same import net_difference
from netspec.convert.text import Entries, Entry, text_of
from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Source
from netspec.frontend.driver import in_order
from netspec.frontend.lower.solver import BLOCK, NETS, net_of
from netspec.frontend.lower.upgrade import upgrade
from netspec.frontend.messages.rewrite import quoted
from netspec.frontend.solvers import read_solver
from netspec.frontend.spec import Request
from netspec.solver.fields import SolverParameter
from netspec.solver.rules import type_of
from netspec.syntax.document import Comment, Document, Field, Message, Scalar
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_document

INSIDE = (*NETS, "test_net_param")  # fields that hold a net


def converted(document: Document, request: Request) -> tuple[str, list[Diagnostic]]:
    """The text, and what has to be said of it: `type` in the place of `solver_type`, and nets inside in today's format.
    Comments go along. Raises SpecError for a solver that has errors."""
    solver, found = read_solver(document, (), request)
    if solver is None:
        raise SpecError(in_order(found))
    report = Findings(document.source)
    fields = tuple(_today(field, type_of(solver.params), report) for field in document.fields)
    if errors(report.found):
        raise SpecError(report.found)
    entries = Entries(moved(remarks(document), document, Document(document.source, fields)))
    last = entries.take(END)
    text = text_of((*entries.entries(fields), Entry("", before=last.before)))
    again = parse(Source(f"the prototxt of {document.source.name}", text, document.source.folder))[0]
    same, _ = read_solver(again, (), request)
    if (
        same is None
        or same.type != solver.type
        or _said(same.params) != _said(solver.params)
        or any(net_difference(*pair) for pair in zip(solver.nets, same.nets, strict=True))
    ):
        raise RuntimeError("the text would not be the same solver")
    return print_document(again), report.found


def with_solver(net: str, form: str, document: Document, request: Request) -> str:
    """The text of a net in one of the forms, with the solver that stood in one file with it: around it in prototxt, in
    a `.net` behind it. Comments go along."""
    solver, found = read_solver(document, (), request)
    if solver is None or solver.origin.body is None:
        raise SpecError(in_order(found))
    rule, report = type_of(solver.params), Findings(document.source)
    fields = tuple(_today(f, rule, report) for f in solver.origin.body.fields if f.name not in INSIDE)
    named = [(getattr(f, "name", None), f) for f in document.fields]  # what is more than prototxt may have no name
    own = [f for name, f in named if name == BLOCK] or [f for name, f in named if name not in INSIDE]
    nets = net_alone(document).comments
    comments = tuple(comment for comment in document.comments if comment not in nets)
    written = document._replace(fields=tuple(own), comments=comments)
    entries = Entries(moved(remarks(written), written, Document(solver.origin.source, fields)))
    end = entries.take(END)
    said = text_of((*entries.entries(fields), Entry("", before=end.before)))
    text = f"{said}net_param {{\n{net}}}\n" if form == "prototxt" else f"{net}\n{BLOCK} {{\n{said}}}\n"
    again = parse(Source(f"the {form} of {document.source.name}", text, document.source.folder))[0]
    same, _ = read_solver(again, (), request)
    if same is None or same.type != solver.type or _said(same.params) != _said(solver.params):
        raise RuntimeError("the text would not be the same solver")
    return print_document(again)


def net_alone(document: Document) -> Document:
    """The net of a document that holds a solver, too, with its comments."""
    apart = [f for f in document.fields if getattr(f, "name", None) in (BLOCK, *INSIDE)]
    beside = any(field.name == BLOCK for field in apart)

    def kept(comment: Comment) -> bool:
        return beside != any(field.start < comment.start < field.span.end for field in apart)

    fields = net_of(document.fields)
    return document._replace(
        fields=fields, comments=tuple(filter(kept, document.comments)) if apart else document.comments
    )


def _said(params: SolverParameter) -> dict[str, object]:
    """What it says, but for the rule, which has two names."""
    given = params.model_fields_set - {"type", "solver_type"}
    return {name: getattr(params, name) for name in given}


def _today(field: Field, rule: str, report: Findings) -> Field:
    if field.name == "solver_type" and isinstance(field.value, Scalar):
        return field._replace(name="type", value=quoted(rule, field.value))
    if field.name in INSIDE and isinstance(field.value, Message):
        return field._replace(value=field.value._replace(fields=upgrade(field.value.fields, report)))
    return field
