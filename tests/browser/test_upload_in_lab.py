from pathlib import Path

import pytest

START = "%load_ext omero_tables_jupyter\n%omero_demo"
CELLS = "import omero_tables_jupyter as otj\nplate = 7\ncells = otj.demo.sample_cells(rows={rows})"
# A machine that is busy with other tests takes its time
SLOW = 90_000
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
    link = page.get_by_role("group", name="Table Cells plate 7").get_by_role("link")
    link = link.filter(has_text="View table")
    link.wait_for(timeout=SLOW)
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
    page.get_by_role("link", name="View table").wait_for(timeout=SLOW)
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
    page.get_by_text("Convert").last.wait_for(timeout=SLOW)
    page.locator(".progress-bar").last.wait_for(timeout=SLOW)
    lab.do(page, "notebook:interrupt-kernel")
    page.get_by_text("UploadCancelled").wait_for(timeout=SLOW)
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


def test_the_cancel_button_is_heard_while_a_job_runs_beside_other_cells(opened):
    page = opened(
        START,
        CELLS.format(rows=3_000_000),
        "job = %omero_upload cells --to Dataset:51 --background",
        "'went on'",
    )
    page.get_by_role("button", name="Cancel").click(timeout=SLOW)
    job = page.get_by_role("group", name="Upload of cells")
    job.get_by_text("cancelled").first.wait_for(timeout=SLOW)
    assert page.get_by_text("went on").last.is_visible()
    assert page.get_by_role("button", name="Cancel").count() == 0
    assert page.locator(".progress-bar").count() == 0


def test_a_saved_notebook_is_as_readable_without_its_kernel_and_in_a_narrow_window(lab, page):
    name = "<img src=x onerror=alert(1)> \u05e2\u05d1\u05e8\u05d9\u05ea"
    said = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    notebook = lab.write(
        START, CELLS.format(rows=200), f"%omero_upload cells --to Dataset:52 --name '{name}'"
    )
    lab.open(page, notebook)
    lab.do(page, "notebook:run-all-cells")
    card = page.get_by_role("group", name=f"Table {name}")
    card.wait_for(timeout=SLOW)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    lab.shut_down(page)
    page.set_viewport_size({"width": 420, "height": 900})
    lab.open(page, notebook)
    lab.do(page, "application:toggle-left-area")
    page.locator("#jp-left-stack").wait_for(state="hidden")
    card.wait_for(timeout=SLOW)
    assert name in card.inner_text()
    assert 'Dataset 52 "Controls & <blanks>"' in card.inner_text()
    assert card.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert page.locator(".jupyter-widgets").count() == 0
    assert page.locator(".jp-OutputArea-output").count() == 2
    assert said == []
    lab.shut_down(page)


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
    page.get_by_text("the demo has ended").last.wait_for(timeout=SLOW)
    page.screenshot(path=tmp_path / "quickstart.png")
    lab.shut_down(page)
