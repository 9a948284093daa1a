"""A spec as a text of another form, known to be the same net."""

from __future__ import annotations

from netspec.convert.prototxt import refuse_own, to_prototxt
from netspec.convert.same import difference, meanings, written_alike
from netspec.convert.short import to_net
from netspec.diagnostics import Diagnostic, SpecError, errors
from netspec.diagnostics.findings import Findings
from netspec.diagnostics.source import Source
from netspec.frontend.driver import examine, in_order
from netspec.frontend.lower.solver import BLOCK, NETS, is_solver
from netspec.frontend.spec import AS_IT_IS, Request
from netspec.host.collecting import uncollected
from netspec.syntax.document import Document
from netspec.syntax.parser import parse
from netspec.syntax.printing.printer import print_document

FORMS = ("prototxt", "net")


@uncollected()
def convert(source: Source, form: str, request: Request = AS_IT_IS) -> tuple[str, list[Diagnostic]]:
    """The text in one of the FORMS, and what has to be said of it. The inputs of the request give numbers to sizes that
    are names, for prototxt. Raises SpecError for a spec that has errors."""
    document, found = parse(source)
    if not found and form == "prototxt" and document.plain and is_solver(document.fields):
        from netspec.convert.solver import converted

        return converted(document, request)
    if not found:
        found = examine(document, request)
    if errors(found):
        raise SpecError(in_order(found))
    original, beside = document, any(getattr(f, "name", None) in (BLOCK, *NETS) for f in document.fields)
    if beside:
        from netspec.convert.solver import net_alone

        document = net_alone(document)
    report, unsized = Findings(source), request._replace(inputs={})
    if document.plain:  # as many layers as it has, however many steps its short form takes
        from netspec.frontend.language.machine import MAX_LAYERS

        unsized = unsized._replace(max_layers=max(MAX_LAYERS, request.max_layers or 0, len(document.fields)))
    text, plain = written(document, form, report, request)
    again, broken = parse(Source(f"the {form} of {source.name}", text, source.folder))
    if broken:
        said = broken[0].message
    elif written_alike(plain, again):
        said = ""
    else:
        said = difference(*(meanings(d, unsized) for d in (plain, again)))
    if said:
        raise RuntimeError(f"the text would not be the same net: {said}")
    if beside and (form == "prototxt" or original.plain):
        from netspec.convert.solver import with_solver

        return with_solver(text, form, original, request), report.found
    return text, report.found


def written(document: Document, form: str, report: Findings, request: Request = AS_IT_IS) -> tuple[str, Document]:
    """The text, and the document whose net it has. What is more than prototxt already stays as it is in a .net."""
    plain = document
    if form == "net":
        text = document.source.text if not document.plain else to_net(document, report, request.registry)
    elif document.plain and not request.inputs:
        refuse_own(document, document)
        text = to_prototxt(document, report)
    else:
        from netspec.convert.numbers import numbered
        from netspec.frontend.language import Library, expand

        library = Library(document.source.folder, request.search)
        expansion = expand(document, request.registry, library, max_layers=request.max_layers)
        refuse_own(expansion.document, document)
        plain = numbered(expansion.document, expansion.sizes, request.inputs)
        if expansion.shared:
            from netspec.convert.param_names import with_names

            plain = with_names(plain, document, request)
        text = to_prototxt(plain, report, document)
    return print_document(parse(Source(f"the {form} of {document.source.name}", text))[0]), plain
