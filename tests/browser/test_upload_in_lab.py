from pathlib import Path

import pytest

START = "%load_ext omero_tables_jupyter\n%omero_demo"
CELLS = "import omero_tables_jupyter as otj\nplate = 7\ncells = otj.demo.sample_cells(rows={rows})"
UPLOAD = '%%omero_upload --to Dataset:51\n#| name: Cells plate {plate}\ncells.query("area > 20")'


@pytest.fixture
def opened(lab, page):
    def open_and_run(*cells):
        lab.open(page, lab.write(*cells))
        lab.do(page, "notebook:run-all-cells")
        return page

    yield open_and_run
    lab.shut_down(page)


def test_a_cell_becomes_a_card_whose_link_opens_the_table(opened, tmp_path):
    page = opened(START, CELLS.format(rows=2000), UPLOAD)
    card = page.locator(".jp-OutputArea-output").filter(has_text="Cells plate 7").last
    card.wait_for(timeout=60_000)
    link = page.get_by_role("link", name="View table")
    assert "noopener" in (link.get_attribute("rel") or "")
    with page.context.expect_page() as opening:
        link.click()
    table = opening.value
    table.wait_for_load_state()
    assert "Cells plate 7" in table.locator("body").inner_text()
    assert "stand-in" in table.locator("body").inner_text()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_card_can_be_read_in_both_themes(opened, theme, tmp_path):
    page = opened(START, CELLS.format(rows=2000), UPLOAD)
    page.get_by_role("link", name="View table").wait_for(timeout=60_000)
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    title = page.get_by_text("Cells plate 7", exact=False).last
    ink, paper = title.evaluate(
        """element => {
            const style = getComputedStyle(element);
            let box = element;
            while (box && getComputedStyle(box).backgroundColor === 'rgba(0, 0, 0, 0)') {
                box = box.parentElement;
            }
            return [style.color, getComputedStyle(box ?? document.body).backgroundColor];
        }"""
    )
    assert contrast(ink, paper) >= 4.5, (ink, paper)
    page.screenshot(path=tmp_path / "card.png")


def test_the_stop_button_ends_an_upload_and_leaves_nothing(opened, lab):
    check = (
        "from pathlib import Path\n"
        "from omero_tables_jupyter import settings\n"
        "share = Path(settings.load().profiles['demo'].local_folder())\n"
        "print('left:', [path.name for path in share.iterdir()])"
    )
    page = opened(START, CELLS.format(rows=3_000_000), "%omero_upload cells --to Dataset:51")
    page.get_by_text("Convert").last.wait_for(timeout=60_000)
    page.locator(".jp-OutputArea-output [role=progressbar], .progress-bar").last.wait_for()
    lab.do(page, "notebook:interrupt-kernel")
    page.get_by_text("UploadCancelled").wait_for(timeout=30_000)
    page.evaluate(
        """async source => {
            const panel = window.jupyterapp.shell.currentWidget;
            const kernel = panel.sessionContext.session.kernel;
            window.said = '';
            const future = kernel.requestExecute({ code: source });
            future.onIOPub = ({ content }) => {
                window.said += content.text ?? content.evalue ?? '';
            };
            await future.done;
        }""",
        check,
    )
    assert page.evaluate("() => window.said").strip() == "left: []"


def contrast(ink, paper):
    """Give the contrast of two CSS colours as WCAG 2 defines it: 1 to 21."""
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_quickstart_runs_as_it_stands(lab, page, tmp_path):
    notebook = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"
    (lab.root / notebook.name).write_bytes(notebook.read_bytes())
    lab.open(page, notebook.name)
    lab.do(page, "notebook:run-all-cells")
    page.get_by_text("the demo has ended").last.wait_for(timeout=120_000)
    page.screenshot(path=tmp_path / "quickstart.png")
    lab.shut_down(page)
