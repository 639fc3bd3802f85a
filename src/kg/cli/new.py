"""`kg new`: what a curator starts with. Each template of the tree is a command, with the arguments that it names."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from kg.cli.options import RootOption

if TYPE_CHECKING:
    from kg.content import Content
    from kg.skeletons import Template

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Make this file, or append to it. Default: what the template says, else stdout.",
    ),
]


def _write(template: "Template", slug: str, text: str, output: Path | None, content: "Content") -> None:
    """Print a skeleton, or write it where it belongs, and say how many gaps it has. Raises InputError."""
    from kg.cli.report import say
    from kg.content import read_text
    from kg.errors import InputError
    from kg.finding import displayed
    from kg.skeletons import appended, gaps
    from kg.writing import create_file, replace_file

    path = output
    if path is None and template.file is not None:
        if content.root.resolve().is_relative_to(Path(__file__).resolve().parent.parent):
            raise InputError(
                "The tree that came with kg is not to be changed; name yours with --root, or use --output."
            )
        path = content.root / template.file.format(slug=slug)
    if path is None:
        print(text, end="")
        return
    if template.file is None and path.exists():
        text = appended(path, read_text(path), text)
        replace_file(path, text.encode())
    else:
        stems = {file.stem: file for file in content.data_files()}
        is_inside = path.resolve().is_relative_to(content.root.resolve())
        if is_inside and (other := stems.get(path.stem)):
            raise InputError(f"{displayed(other)}: there is a file of this name already, and it is not overwritten.")
        create_file(path, text.encode())
    count = len(gaps(text))
    say(f"{displayed(path)}: {count} {'gap' if count == 1 else 'gaps'}; kg validate {displayed(path)} names them.")


def _command(template: "Template", content: "Content", root: Path | None) -> Callable[..., None]:
    """Return the function of a template, with a parameter for each of its arguments."""
    from kg.skeletons import choices, described

    def run(**values: Any) -> None:
        from kg.content import find_content
        from kg.skeletons import render

        content = find_content(values.pop("root") or root)
        slug, output = values.pop("slug"), values.pop("output")
        given = {argument.name: values[argument.name.replace("-", "_")] for argument in template.arguments}
        given = {name: value for name, value in given.items() if value is not None}
        _write(template, slug, render(template, slug, given, content), output, content)

    slug_help = f"The end of the IRI: …/id/{template.describes}/SLUG."
    annotations: dict[str, Any] = {"slug": Annotated[str, typer.Argument(metavar="SLUG", help=slug_help)]}
    known = described(content)
    for argument in template.arguments:
        text = f"{argument.help['en']} · {argument.help['th']}"
        if few := choices(argument, known):
            text += f" ({' | '.join(few)})"
        option = typer.Option(f"--{argument.name}", help=text, metavar=argument.kind.upper())
        type_ = str if argument.required else str | None
        annotations[argument.name.replace("-", "_")] = Annotated[type_, option]
    annotations |= {"output": OutputOption, "root": RootOption}
    required = {"slug", *(argument.name.replace("-", "_") for argument in template.arguments if argument.required)}
    defaults = {argument.name.replace("-", "_"): argument.default for argument in template.arguments}
    keyword, empty = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
    parameters = [
        inspect.Parameter(
            name, keyword, annotation=annotation, default=empty if name in required else defaults.get(name)
        )
        for name, annotation in annotations.items()
    ]
    run.__annotations__ = annotations
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__doc__ = f"{template.purpose['en']}\n\n{template.purpose['th']}"
    return run


class TemplateGroup(TyperGroup):
    """The templates of the tree as commands: they are read when one is asked for, not when the program starts."""

    @staticmethod
    def _content(context: Any) -> "Content":
        from kg.content import find_content

        return find_content(context.params.get("root"))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the templates."""
        from kg.skeletons import templates

        return list(templates(self._content(ctx)))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of a template, or None."""
        from kg.skeletons import templates

        content = self._content(ctx)
        template = templates(content).get(cmd_name)
        if template is None:
            return None
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(_command(template, content, ctx.params.get("root")))
        return typer.main.get_command(alone)


new = typer.Typer(
    cls=TemplateGroup,
    no_args_is_help=True,
    help="Start the description of something new: a template of the tree, filled in as far as it can be. "
    "What is left to fill in is marked # GAP, and kg validate names it.",
)


@new.callback()
def _root(
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            envvar="KG_ROOT",
            metavar="DIR",
            help="Folder whose templates are meant. Default: those that came with kg.",
            is_eager=True,  # before --help, which lists them
        ),
    ] = None,
) -> None:
    """Take the tree whose templates are meant."""
