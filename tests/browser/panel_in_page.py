"""The panel as a user finds it in a page: by what stands on it."""

import re

# A machine that is busy with other tests takes its time
SLOW = 90_000
PLACE = ".omero-tables-panel"
SAVE_WIDGETS = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
RUN = """async number => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = number;
    await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
RESTART = """async () => {
    await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();
}"""
# what a user would call what has the focus
FOCUSED = """() => {
    const focused = document.activeElement;
    const label = focused.labels?.[0]?.textContent ?? '';
    return [focused.title, focused.textContent.trim().slice(0, 60), label, focused.tagName];
}"""


def run(page, *numbers):
    """Run cells by their numbers, counted from 0."""
    for number in numbers:
        page.evaluate(RUN, number)


def restart(page):
    page.evaluate(RESTART)


def save(page, path):
    """Save the notebook, and give what was written."""
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    return path.read_text()


def tab_to(page, words, most=60):
    """Press Tab until what has this title, text or label is in focus."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if words in focused[:3]:
            return
        passed.append(focused)
    raise AssertionError(f"Tab never came to {words!r}, but to {passed}")


class PanelInPage:
    """The panel that was opened last."""

    def __init__(self, page):
        self.page = page
        self.all = page.locator(PLACE).last

    def field(self, label):
        return self.all.get_by_role("textbox", name=label, exact=True)

    def choice(self, label):
        return self.all.get_by_role("combobox", name=label, exact=True)

    def button(self, words):
        # an icon stands before the words
        return self.all.get_by_role("button", name=re.compile(rf"(^|\W){re.escape(words)}$"))

    def click(self, words):
        self.button(words).click(timeout=SLOW)

    def give(self, **fields):
        for label, text in fields.items():
            self.field(label.replace("_", " ")).fill(text, timeout=SLOW)

    def say(self, label, text):
        self.give(**{label: text})
        self.field(label).press("Enter")

    def reads(self, words):
        self.all.get_by_text(words).first.wait_for(timeout=SLOW)

    def stands(self, section, word):
        """Wait until a section's header says how it stands."""
        header = self.all.get_by_role("heading", name=section)
        header.filter(has_text=re.compile(rf"\W{re.escape(word)}$")).wait_for(timeout=SLOW)

    def log_in(self, server):
        self.give(User=server.username)
        self.say("Password", server.password)

    def save_in_new(self, name, server):
        """Say, in the form for it, which folder of this machine the server sees where."""
        self.click("New…")
        self.give(Here=str(server.share), On_server=server.server_share, Call_it=name)
        self.click("Keep and use")

    def upload(self):
        self.stands("5 Upload", "ready")
        self.click("Upload")

    def done(self):
        """Wait for the card, and give its link."""
        link = self.all.get_by_role("link", name="View table")
        link.wait_for(timeout=SLOW)
        return link
