"""The MkDocs hook: what the site needs beyond its Markdown extensions: labs, fonts, speed."""

import os
import posixpath
import re
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

from jinja2 import FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from convnotes.site import exports
from convnotes.site.blocks import code_links, controls, processes, snippets
from convnotes.site.pages import (
    cards,
    citation,
    downloads,
    fonts,
    glossary,
    hero,
    home,
    inventory,
    labs,
    moved,
    reading,
    reuse,
    search,
    wheel,
)
from convnotes.site.pages.terms import Glossary
from convnotes.site.runtime import placing

try:
    import minify
except ImportError:  # not every machine has a wheel: scripts are served as they are written
    minify = None

STYLES = "assets/styles.css"  # all of them in one file
WHEEL = "{{ wheel }}"  # how a page writes the address of the wheel
BLOCKS = "{{ blocks }}"  # and the home page how many blocks run on the others
_serving = False


def on_startup(command: str, **kwargs: object) -> None:
    """Remember whether this is ``mkdocs serve``, whose pages nobody links to."""
    global _serving  # MkDocs calls functions of this module, and keeps no state for them
    _serving = command == "serve"
    if not _serving:
        processes.share_package()


def on_config(config: MkDocsConfig) -> None:
    """Labs draw like snippets, and run again whenever the package changes; types become links.

    mkdocs-jupyter's own cache key is the notebook alone. Where the sources are is known to whoever
    builds the site, or to nobody; their addresses are made as GitHub makes them. Blocks get run
    buttons if `python -m convnotes.site.runtime` has collected what they need. A page waits for its
    style sheets, and less long for one than for six.
    """
    if config.repo_url:
        config.edit_uri = "edit/main/docs/"
    os.environ["MPLBACKEND"] = "module://convnotes.site.pages.lab_backend"
    os.environ["PYTHONHASHSEED"] = "0"  # or Dask orders what it has to do by the roll of a die
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each processor has a snippet or lab to run
    plugin = config.plugins["mkdocs-jupyter"]
    plugin.config["cache_dir"] = f".cache/labs/{processes.fingerprint().hex()[:16]}"
    for name, address in inventory.ADDRESSES.items():
        config.plugins["autorefs"].register_url(name, address)
    if placing.is_collected():
        config.extra["python"] = placing.FOLDER
    config.extra["style_sheets"], config.extra_css = config.extra_css, [STYLES]


def on_pre_build(config: MkDocsConfig) -> None:
    """Compile the reference's templates once, and not at every build."""
    folder = Path(".cache/templates")
    folder.mkdir(parents=True, exist_ok=True)
    reference = config.plugins["mkdocstrings"].get_handler("python")
    reference.env.bytecode_cache = FileSystemBytecodeCache(str(folder))


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Serve the package itself, and its licence. The labs come last: they run meanwhile."""
    for lab in [file for file in files if file.src_uri.endswith(".py")]:
        files.remove(lab)
        files.append(lab)
    project = Path(config.config_file_path).parent
    built = wheel.build(project)
    for name, path in {built.name: built, "LICENSE.txt": project / "LICENSE"}.items():
        files.append(File.generated(config, name, abs_src_path=str(path.resolve())))
    config.extra["wheel"] = urljoin(config.site_url, built.name)
    config.extra["project"] = citation.read(project)


_labs: dict[str, Future] = {}


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Start the labs, one after the other: beside them the pages' snippets run."""
    pool = ThreadPoolExecutor(1)  # mkdocs-jupyter numbers cells in a global variable
    plugin = config.plugins["mkdocs-jupyter"]
    for file in files.documentation_pages():
        if file.src_uri.endswith(".py"):
            plugin.on_pre_page(file.page, config=config, files=files)
            _labs[file.src_uri] = pool.submit(file.page.render, config, files)
    pool.shutdown(wait=False)


def on_build_error(error: Exception) -> None:
    """Don't start labs of a build that has failed."""
    for lab in _labs.values():
        lab.cancel()


@event_priority(-100)  # after mkdocs-jupyter
def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Wait for a lab; don't render a page again that nothing changed for."""
    if lab := _labs.get(page.file.src_uri):
        page.render = lambda *_: lab.result()
    if page.file.src_uri.endswith(".md"):
        settings = (Path(config.docs_dir, "glossary.md"), Path(config.config_file_path))
        reuse.render_once(
            page, (processes.fingerprint(), *(path.read_bytes() for path in settings))
        )


def on_serve(server: object, **kwargs: object) -> None:
    """Start what snippets are forked from, so that the first edit needn't wait for it."""
    processes.run_in_process("")


FIGURE_TO_TOUCH = re.compile(r'class="touch" id="([a-z-]+)"')


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write what lies beside a page, and give notebook pages the markup of the other pages.

    Raises:
        ValueError: If a page links to a source that isn't there; MkDocs checks labs for nothing.
    """

    def relative(link: str) -> str:
        link, mark, anchor = link.partition("#")
        return _target(link, page, files).url_relative_to(page.file) + mark + anchor

    project, package = config.extra["project"], config.extra["wheel"]
    title = page.meta.get("title", page.title)
    slug = "-".join([project.name, *re.findall(r"[\w-]+", page.url)])
    if page.is_homepage:
        blocks = str(_count_blocks(files))
        page.markdown, html = (text.replace(BLOCKS, blocks) for text in (page.markdown, html))
    page.markdown, html = (text.replace(WHEEL, package) for text in (page.markdown, html))
    page.meta["slug"] = slug
    page.meta["downloads"] = _write_downloads(html, page, config, files)
    page.meta["citation"] = citation.bibtex(slug, title, page.canonical_url, project)
    if page.file.src_uri.endswith(".py"):
        html = code_links.link(labs.clean(html, relative))
        page.meta["description"] = labs.summary(html)
        page.meta["needs"] = reading.needs_of_lab(page.markdown)
    if page.meta.get("needs"):
        page.meta["needs"] = reading.needs(page.meta["needs"], relative)
        page.meta["minutes"] = reading.minutes(html)
    for name in FIGURE_TO_TOUCH.findall(html):  # MkDocs looks for anchors before blocks are drawn
        page.present_anchor_ids.add(name)
    if "<math" in "".join(html.split("</p>")[:4]):  # on the first screen
        page.meta["formulas_first"] = True
    html = glossary.linked(html, relative("/glossary.md"))
    html += moved.pointers(page.meta.get("moved", {}), relative)
    if not _serving:
        card = Path(page.file.abs_dest_path).with_name("card.jpg")
        cards.put(title, page.meta["description"], card)
    return html


def _target(link: str, page: Page, files: Files) -> File:
    """The file that a page's source links to; the page's own for an empty link."""
    source = page.file.src_uri
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    file = files.get_file_from_path(path.lstrip("/")) if link else page.file
    if file is None:
        raise ValueError(f"docs/{source} links to {link!r}, which isn't there")
    return file


def _write_downloads(html: str, page: Page, config: MkDocsConfig, files: Files) -> list[str]:
    if page.file.src_uri.endswith(".py"):
        results = labs.results(html)
    else:
        found = snippets.find(page.markdown.splitlines())
        results, _ = processes.run([s.source.code for s in found if not s.torch])
    reference = config.plugins["mkdocstrings"].get_handler("python")
    return downloads.write(
        page,
        wheel=config.extra["wheel"],
        outputs=tuple((result.output, *result.figures) for result in results),
        style_sheet=Path(config.docs_dir, "assets/site.css").read_text("utf-8"),
        address=lambda link: urljoin(config.site_url, _target(link, page, files).url),
        load=lambda name: reference.collect(name, reference.get_options({})),
    )


def _count_blocks(files: Files) -> int:
    """How many blocks of Python run on the Markdown pages, the home page aside."""
    sources = [file for file in files.documentation_pages() if file.src_uri.endswith(".md")]
    texts = [file.content_string for file in sources if file.src_uri != "index.md"]
    return sum(len(snippets.find(text.splitlines())) for text in texts)


# The search plugin reads every tag of a page, and most of them are drawings and coloured code, in
# which it finds nothing. Reading them took a fifth of a rebuild. The reference's sources were
# a sixth of the index.
NOTHING_TO_FIND = re.compile(
    r'<svg.*?</svg>|<details class="mkdocstrings-source">.*?</details>|<form class="try".*?</form>'
    r"|<summary>Code</summary>|</?span[^>]*>",
    re.DOTALL,
)
_whole: dict[str, str] = {}


@event_priority(100)  # before the search plugin
def _hide_from_search(context: dict, page: Page, **kwargs: object) -> None:
    _whole[page.url] = page.content
    page.content = NOTHING_TO_FIND.sub("", page.content)


@event_priority(-100)
def _show_again(context: dict, page: Page, **kwargs: object) -> None:
    page.content = _whole.pop(page.url)


@event_priority(110)  # before that, when the other pages have what it takes from them
def _furnish_home(context: dict, page: Page, nav: Navigation, **kwargs: object) -> None:
    if page.is_homepage:
        pages = {other.file.url_relative_to(page.file): other for other in nav.pages}
        page.content = home.furnish(page.content, pages, page.meta["pictures"])


on_page_context = CombinedEvent(_furnish_home, _hide_from_search, _show_again)


# How autorefs marks a name that it knows no page for, in types and in code: with a tooltip that
# repeats the name. There are hundreds, and a phone is busy with each.
UNKNOWN_NAME = re.compile(r'<span title="[^"]*">([^<]*)</span>')


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name the search dialog for screen readers, show controls, take empty tooltips off names.

    What a script adds to a page may come after its text and fonts.
    """
    dialog = 'data-md-component="search" role="dialog"'
    output = output.replace(dialog, f'{dialog} aria-label="Search"')
    output = output.replace('type="module"', 'type="module" fetchpriority="low"')
    return UNKNOWN_NAME.sub(r"\1", controls.shown(output))


def on_post_build(config: MkDocsConfig) -> None:
    """Join style sheets, shorten scripts, put fonts, figures and Python where pages want them."""
    site = Path(config.site_dir)
    sheets = [site / str(name) for name in config.extra["style_sheets"]]
    styles = "\n".join(sheet.read_text("utf-8") for sheet in sheets)
    (site / STYLES).write_text(_short(styles, "text/css"), "utf-8")
    for sheet in sheets:
        sheet.unlink()
    for script in Path(config.docs_dir, "assets").rglob("*.js"):
        short = _short(script.read_text("utf-8"), "application/javascript")
        (site / script.relative_to(config.docs_dir)).write_text(short, "utf-8")
    hero.put(site / "assets/hero")
    exports.put(site / "assets/figures")
    pages = [path.read_text("utf-8") for path in sorted(site.rglob("*.html"))]
    fonts.write(site / "assets", pages)
    controls.put_files(pages, site / "assets/states")
    index = site / "search/search_index.json"
    terms = Glossary(Path(config.docs_dir, "glossary.md").read_text("utf-8"))
    index.write_text(search.ranked(index.read_text("utf-8"), terms), "utf-8")
    if "python" in config.extra:
        placing.put(site)


def _short(text: str, kind: str) -> str:
    """Leave out what only people read, where there is a minifier."""
    return minify.string(kind, text) if minify else text
