"""The report as a reader opens it: from a file, in a browser."""

import json
import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlparse

import machine
import pytest
import yaml
from project import ROOT, Project
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from regimes.study.settings import validated

STAGES = ("Data", "Training", "Kernels", "Learning curves")
PATIENCE = 60  # seconds until what should be on the page is held to be missing
REDRAWN = (StaleElementReferenceException, IndexError)
CLICK = "arguments[0].click()"  # a mouse would miss what is still moving
# The address of the image or the page that is shown, once an image is drawn.
SHOWN = """
    const shown = document.querySelector("div.overflow-auto :is(img, iframe)");
    const drawn = shown && shown.complete && shown.naturalWidth > 100;
    return shown && (drawn || shown.tagName == "IFRAME") && shown.src;
"""
SMALL = """
models:
  small: {task: {name: stripe, d: 2}, net: {name: dense, h: 20}, alpha: ["1e-6"], p: [8], seeds: 1}
figures: {}
"""
# Where a node of the rule graph is in the window: the first pixel of its canvas that has a colour.
NODE = """
    const canvas = document.querySelector("#rulegraph canvas");
    if (!canvas || !canvas.width) return null;
    const {width, height} = canvas;
    const {left, top} = canvas.getBoundingClientRect();
    const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
    for (let i = 0; i < data.length; i += 4) {
        const [r, g, b] = data.slice(i, i + 3);
        if (Math.max(r, g, b) - Math.min(r, g, b) > 60)
            return [Math.floor(left + (i / 4) % width), Math.ceil(top + i / 4 / width) + 1];
    }
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A headless Chromium that notes every address it asks for, with a home of its own."""
    machine.install(["chromedriver"], ["chromium", "chromium-driver"])
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument("--window-size=1400,900")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    home = str(tmp_path_factory.mktemp("browser"))
    environment = os.environ | {"HOME": home, "TMPDIR": home}
    service = webdriver.ChromeService(shutil.which("chromedriver"), env=environment)
    with webdriver.Chrome(options, service) as browser:
        yield browser


def page_of(project, kind):
    """The page of a report made as a file of this kind."""
    style = "workflow/report/style.css"
    done = project.snakemake("--report", f"report.{kind}", "--report-stylesheet", style)
    assert done.returncode == 0, done.stdout
    if kind == "html":
        return project.folder / "report.html"
    shutil.unpack_archive(project.folder / "report.zip", project.folder / "unpacked")
    return project.folder / "unpacked/report/report.html"


@pytest.fixture(scope="module")
def page(finished):
    return page_of(finished, "html")


def once(browser, find):
    """What `find` finds in the page, as soon as it does: the page redraws itself after a click."""
    return WebDriverWait(browser, PATIENCE, ignored_exceptions=REDRAWN).until(find)


def click(browser, by, what, index=0):
    def clicked(browser):
        return browser.execute_script(CLICK, browser.find_elements(by, what)[index]) is None

    once(browser, clicked)


def texts(browser, selector):
    """The texts of what is there of this kind."""
    found = (By.CSS_SELECTOR, selector)
    return once(browser, lambda browser: [item.text for item in browser.find_elements(*found)])


def entry(browser, label):
    """Of an entry of the category that is open: the address of what its eye shows, its caption."""
    buttons = f"//nav//tr[td='{label}']//a"
    download, address = once(
        browser,
        lambda browser: [
            browser.find_element(By.XPATH, buttons).get_attribute(name)
            for name in ("download", "href")
        ],
    )
    if not download:
        click(browser, By.XPATH, buttons)
        address = once(browser, lambda browser: browser.execute_script(SHOWN))
    click(browser, By.XPATH, buttons, index=1)
    caption = once(browser, lambda browser: browser.find_element(By.CSS_SELECTOR, "nav li.prose"))
    for fault in ("system-message", "problematic", "{{", "{%"):
        assert fault not in caption.get_attribute("innerHTML"), label
    return address, caption.text


def opened(browser, page, category):
    """Open the page, and a category in it."""
    browser.get(page.as_uri())
    click(browser, By.LINK_TEXT, category)


def entries(browser, page):
    """What a reader finds under every category: {label: (category, address, caption)}."""
    browser.get(page.as_uri())
    menu, found = texts(browser, "nav li a"), {}
    for category in menu[menu.index("About") + 1 :]:
        opened(browser, page, category)
        for label in texts(browser, "nav tbody td:first-child"):
            found[label] = (category, *entry(browser, label))
            click(browser, By.CSS_SELECTOR, "nav nav a", index=2)  # back to the category
    return found


@pytest.fixture(scope="module")
def found(browser, page):
    return entries(browser, page)


def test_every_figure_is_there_with_its_caption(finished, found):
    figures = yaml.safe_load((finished.folder / finished.config).read_text())["figures"]
    assert found.keys() == figures.keys() | {
        *("table of exponents", "table of runs", "configuration", "packages")
    }
    for figure, settings in figures.items():
        category, address, caption = found[figure]
        assert category == settings.get("section", category)
        assert "section" in settings or category[2:] in STAGES
        assert f"{figure}.{'gif' if figure.startswith('animated') else 'svg'}" in address
        source = (ROOT / f"workflow/figures/{settings.get('kind', figure)}.rst").read_text()
        start = source.replace("\\", "").split("{{")[0].splitlines()[0].strip()
        start = "Mean and standard error over seeds" if start.startswith("{%") else start
        assert start
        assert caption.startswith(start)


def test_an_animation_plays_in_the_page(browser, page, found):
    opened(browser, page, found["animated_stages"][0])
    click(browser, By.XPATH, "//nav//tr[td='animated_stages']//a", index=1)
    click(browser, By.LINK_TEXT, "Play it here")
    assert "animated_stages.gif" in once(browser, lambda browser: browser.execute_script(SHOWN))


def test_the_configuration_and_the_packages_can_be_read(finished, found):
    for label, file in (("configuration", "configuration.yaml"), ("packages", "packages.txt")):
        category, address, caption = found[label]
        assert category == "Study"
        assert file in address
        assert (finished.folder / "results" / file).read_text().strip() in caption
    for package in ("snakemake", "torch", "numpy"):
        assert f"{package}=={version(package)}\n" in found["packages"][2]


def test_a_rule_of_the_graph_shows_its_code(browser, page):
    browser.get(page.as_uri())
    rules = browser.execute_script("return rulegraph_spec.data[0].values.map(node => node.rule)")
    assert {"data", "train", "ntk", "kernel_method", "figure_stages", "all"} <= set(rules)

    def code_shown_by_a_click(browser):
        mouse = ActionChains(browser)
        if node := browser.execute_script(NODE):
            mouse.w3c_actions.pointer_action.move_to_location(*node).click()
            mouse.perform()
        return browser.find_elements(By.CSS_SELECTOR, "nav .source")

    assert "snakemake.params" in once(browser, code_shown_by_a_click)[0].text
    assert set(texts(browser, "nav nav li")) & set(rules)


def test_the_first_page_names_every_model(finished, browser, page):
    browser.get(page.as_uri())
    config = yaml.safe_load((finished.folder / finished.config).read_text())
    models = validated(config, ROOT)["models"]
    assert texts(browser, ".prose tbody td:first-child") == list(models)


def test_a_page_taller_than_the_window_begins_at_its_top(browser, page):
    # Where Snakemake puts it, in the middle, its top is out of reach.
    browser.set_window_size(1400, 500)
    browser.get(page.as_uri())
    once(browser, lambda browser: browser.execute_script(NODE))
    title = browser.find_element(By.CSS_SELECTOR, ".prose h1")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", title)
    browser.set_window_size(1400, 900)
    assert top >= 0


def asks_for_nothing(browser, page):
    """That the browser has opened this page since it was last asked, and only files."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if "request" in m["params"]]
    assert page.as_uri() in asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_report_asks_for_nothing_from_the_network(browser, page, found):
    asks_for_nothing(browser, page)


def names_no_folder(project, page):
    text = page.read_text()
    for folder in (project.folder, ROOT, Path(sys.prefix), Path.home() / ""):
        assert f"{folder}/" not in text


def test_the_report_names_no_folder_of_the_machine(finished, page):
    names_no_folder(finished, page)


def test_the_zip_holds_the_same_with_its_files(finished, browser, found):
    page = page_of(finished, "zip")
    for label in ("stages", "circle"):
        category, _, caption = found[label]
        opened(browser, page, category)
        address, own = entry(browser, label)
        assert own == caption
        assert Path(unquote(urlparse(address).path)).is_relative_to(page.parent)
    asks_for_nothing(browser, page)
    names_no_folder(finished, page)


def test_the_configuration_in_the_results_is_that_of_the_run(finished):
    again = Project.__new__(Project)
    again.folder, again.config = finished.folder, "results/configuration.yaml"
    assert again.planned() == {}


def test_a_study_without_figures_has_a_report(tmp_path, browser):
    project = Project(tmp_path / "small", "small.yaml")
    (project.folder / "small.yaml").write_text(SMALL)
    done = project.snakemake()
    assert done.returncode == 0, done.stdout
    assert entries(browser, page_of(project, "html")).keys() == {
        *("table of exponents", "table of runs", "configuration", "packages")
    }
