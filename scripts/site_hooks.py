"""What mkdocs builds the site of, besides the pages of docs/.

README and the other pages at the root of the repository, the notebooks of examples/ and a reference
of the Python names become pages, too. A relative link to any of them works in the site as it does
on a code host. Beside each page lies its Markdown, and llms.txt lists all of them.
"""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changes.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
"""Pages outside of docs/, and where they are in the site."""

PYTHON = "reference/python"
GROUPS = {
    "Index and search": "index Workspace Collection Ranking ProgressBar LikewiseError",
    "Teach a concept": "fill_basket record_labels Session Concept LabelSet",
    "Learn and apply rules": "learn_concept rule_to_search_with open_rule save_rule score_images "
    "Rule",
    "Rules over arrays": "learn Evidence evidence_for Space",
    "Several classes": "References train Classifier open_classifier save_classifier",
    "Estimators": "FewShotClassifier RuleClassifier",
    "Curate and export": "export_concept Selection",
}
"""Pages of the Python reference, and the public names of the package that each describes."""

_CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(\]\()([^)#\s]+)([^)]*\))")
_DESCRIBED = re.compile(r"^::: likewise\.(.+)$", re.MULTILINE)
_markdown: dict[str, str] = {}  # page of the site -> its Markdown


def slug(heading: str, separator: str = "-") -> str:
    """The anchor of a heading, as code hosts make it.

    Example:
        >>> slug("How many are there, and when to stop?")
        'how-many-are-there-and-when-to-stop'
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def site_path(path: str) -> str | None:
    """The page of the site that a file of the repository becomes; None where it becomes none."""
    if path in OUTSIDE:
        return OUTSIDE[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if re.fullmatch(r"examples/\w+\.ipynb", path):
        return path.removesuffix("ipynb") + "md"
    return None


def with_site_links(text: str, path: str) -> str:
    """The Markdown of a file of the repository, with its relative links as the site has them.

    Example:
        >>> with_site_links("[why](../SECURITY.md#trust)", "docs/privacy.md")
        '[why](security.md#trust)'
    """
    folder = posixpath.dirname(site_path(path) or "") or "."

    def in_site(link: re.Match[str]) -> str:
        target = site_path(posixpath.normpath(posixpath.join(posixpath.dirname(path), link[2])))
        if target is None:
            return link[0]  # to another host; or to no page, at which a strict build ends
        return f"{link[1]}{posixpath.relpath(target, folder)}{link[3]}"

    parts = _CODE.split(text)
    return "".join(part if n % 2 else _LINK.sub(in_site, part) for n, part in enumerate(parts))


def notebook_page(path: Path) -> str:
    """A notebook's cells as Markdown."""
    blocks = []
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        blocks.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    return "\n\n".join(blocks) + "\n"


def modules_of_names() -> dict[str, str]:
    """The module, without "likewise.", that each public name of the package comes from."""
    text = (ROOT / "src" / "likewise" / "__init__.py").read_text()
    return dict(re.findall(r'^    "(\w+)": "([\w.]+)",$', text, re.MULTILINE))


def python_pages() -> Iterator[tuple[str, str]]:
    """Path and Markdown of each page of the Python reference."""
    modules = modules_of_names()
    for title, names in GROUPS.items():
        blocks = [f"# {title}", "Import these from `likewise`."]
        blocks += [f"::: likewise.{modules[name]}.{name}" for name in names.split()]
        yield f"{PYTHON}/{slug(title)}.md", "\n\n".join(blocks) + "\n"


def described(dotted: str) -> str:
    """Signatures and docstrings of a public name and its methods, as Markdown."""
    module, _, name = dotted.rpartition(".")
    path = ROOT / "src" / "likewise" / module.replace(".", "/")
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
    (found,) = (node for node in ast.parse(text).body if getattr(node, "name", None) == name)
    blocks = [f"## {name}", _described(found)]
    for member in found.body if isinstance(found, ast.ClassDef) else ():
        if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
            blocks += [f"### {name}.{member.name}", _described(member)]
    return "\n\n".join(blocks)


def _described(node: Any) -> str:
    """Without its decorators, and of a class only the fields."""
    docstring = ast.get_docstring(node) or ""
    fields = [x for x in node.body if isinstance(x, ast.AnnAssign)]
    node.decorator_list = []
    node.body, body = fields or [ast.Expr(ast.Constant(...))], node.body
    signature = ast.unparse(node)
    node.body = body
    return f"```python\n{signature}\n```\n\n{docstring}"


def llms_txt(description: str, sections: Mapping[str, Iterable[str]]) -> str:
    """The file that lists the Markdown of every page for language models.

    Args:
        description: of the project, one sentence.
        sections: title -> paths of its pages, whose Markdown was built before.
    """
    lines = ["# likewise", "", f"> {description}"]
    for section, paths in sections.items():
        lines += ["", f"## {section}", ""]
        for path in paths:
            title = re.search(r"^# (.+)$", _markdown[path], re.MULTILINE)
            lines.append(f"- [{title[1] if title else path}]({path})")
    return "\n".join(lines) + "\n"


# What mkdocs calls, in this order.


def on_config(config: Any) -> Any:
    """Let anchors be those of code hosts."""
    config.mdx_configs["toc"]["slugify"] = slug
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are not in docs/."""
    from mkdocs.structure.files import File

    _markdown.clear()
    for source, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text()))
    for path in sorted((ROOT / "examples").glob("*.ipynb")):
        page = f"examples/{path.stem}.md"
        files.append(File.generated(config, page, content=notebook_page(path)))
        files.append(File.generated(config, f"examples/{path.name}", abs_src_path=str(path)))
    for page, text in python_pages():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point relative links to pages of the site, and remember the Markdown."""
    uri = page.file.src_uri
    outside = {site: source for source, site in OUTSIDE.items()}
    notebook = re.fullmatch(r"examples/(\w+)\.md", uri)
    source = f"examples/{notebook[1]}.ipynb" if notebook else outside.get(uri, f"docs/{uri}")
    text = with_site_links(markdown, source)
    if notebook:  # now, for a link to a notebook leads to this page
        link = f"\n\n[This page as a notebook]({notebook[1]}.ipynb)\n\n"
        text = text.replace("\n\n", link, 1)
    _markdown[uri] = _DESCRIBED.sub(lambda found: described(found[1]), text)
    return text


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Name a page's Markdown in its head."""
    name = posixpath.basename(page.file.src_uri)
    link = f'<link rel="alternate" type="text/markdown" href="{name}">'
    return output.replace("</head>", f"{link}</head>", 1)


_nav: list[Any] = []


def on_nav(nav: Any, **_: Any) -> Any:
    """Remember the order of the pages."""
    _nav[:] = nav.items
    return nav


def on_post_build(config: Any) -> None:
    """Write each page's Markdown beside it, and llms.txt."""
    site = Path(config.site_dir)
    for path, text in _markdown.items():
        (site / path).write_text(text)
    sections = {item.title: list(_pages(item)) for item in _nav}
    (site / "llms.txt").write_text(llms_txt(config.site_description, sections))


def _pages(item: Any) -> Iterator[str]:
    if item.is_page:
        yield item.file.src_uri
    for child in item.children or ():
        yield from _pages(child)
