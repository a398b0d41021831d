"""Opens pages of the report in headless Chromium, and checks them."""

import base64
import json
import pathlib
import sys

import axe_playwright_python
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]

# A chart with a size and no mark inside is empty.
CHARTS = """
return [...document.querySelectorAll('svg[role=img]')].map(svg => {
  const box = svg.getBoundingClientRect();
  const marks = [...svg.querySelectorAll('rect.bar, circle.dot, polyline, line.median')];
  const drawn = marks.filter(mark => { const b = mark.getBoundingClientRect(); return b.width + b.height > 1; });
  return [svg.getAttribute('aria-labelledby'), box.width, box.height, drawn.length];
});"""
# The elements that Tab must reach: links, scrolling containers and flame graphs.
STOPS = """
const scrolls = e => e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
const all = [...document.querySelectorAll('body *')].filter(e => e.matches('a[href], iframe, [tabindex="0"]') || scrolls(e));
all.forEach((e, place) => e.dataset.stop = place);
return all.length;"""
AXE_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {iframes: false, runOnly: {type: 'tag', values: arguments[0]}})
  .then(found => done([found.passes.length, found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120) + ' ' + n.failureSummary).join(' | '))]));"""


class Check:
    def __init__(self, page):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
        self.page = pathlib.Path(page).resolve()
        self.problems = []
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.get(self.page.as_uri())

    def hold(self, holds, problem):
        if not holds:
            self.problems.append(problem)

    def look(self, scheme, width):
        cdp = self.driver.execute_cdp_cmd
        cdp("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        cdp("Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        run, at = self.driver.execute_script, f"{scheme}, {width} px"
        ground = run("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        self.hold((sum(ground[:3]) < 200) == (scheme == "dark"), f"{at}: the ground is {ground}")
        over = run("return document.documentElement.scrollWidth - window.innerWidth")
        self.hold(over <= 0, f"{at}: the page is {over} px too wide")
        charts = run(CHARTS)
        self.hold(charts, f"{at}: no chart")
        for name, wide, high, drawn in charts:
            self.hold(wide > 200 and high > 60 and drawn > 0, f"{at}: {name} is {wide}x{high} with {drawn} marks")
        stops = self.tab(at)
        run(AXE)
        passed, violations = self.driver.execute_async_script(AXE_RUN, RULES)
        self.hold(passed > 20, f"{at}: axe looked at {passed} rules only")
        for violation in violations:
            self.hold(False, f"{at}: axe: {violation}")
        print(f"  {at}: {len(charts)} charts, {stops} stops by Tab, {passed} rules of axe")

    def tab(self, at):
        """Every stop is reachable by Tab, and the focused element is marked visibly."""
        run = self.driver.execute_script
        wanted = run(STOPS)
        run("document.activeElement.blur(); window.getSelection().removeAllRanges(); window.scrollTo(0, 0)")
        seen = set()
        for _ in range(3 * wanted + 5):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            stop, outline = run(
                # In a flame graph the focused frame is marked.
                "const e = document.activeElement;"
                "return [e.dataset.stop, e.matches('iframe') ? 'a frame' : getComputedStyle(e).outlineStyle]")
            if stop is not None:
                self.hold(stop in seen or outline != "none", f"{at}: stop {stop} does not show the focus")
                seen.add(stop)
        missed = run("return [...document.querySelectorAll('[data-stop]')].filter("
                     "e => !arguments[0].includes(e.dataset.stop)).map(e => e.outerHTML.slice(0, 90))", list(seen))
        self.hold(not missed, f"{at}: not reached by Tab: {missed}")
        return len(seen)

    def flames(self):
        """Every flame graph has frames, and keys move the focus."""
        for frame in self.driver.find_elements("css selector", "iframe"):
            self.driver.switch_to.frame(frame)
            shown, before, after = self.driver.execute_script("""
                const frames = document.querySelectorAll('g[role=button] rect');
                const first = document.querySelector('g[tabindex="0"]');
                first.focus();
                const key = name => document.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
                const before = document.activeElement.getAttribute('aria-label');
                key('ArrowUp'); key('Enter');
                return [[...frames].filter(f => f.getBoundingClientRect().width > 1).length,
                        before, document.activeElement.getAttribute('aria-label')];""")
            self.driver.switch_to.default_content()
            self.hold(shown > 1 and before and before != after, f"flame graph: {shown} frames, {before} to {after}")
            print(f"  flame graph: {shown} frames, keys go from “{before}” to “{after}”")

    def whole(self):
        self.flames()
        pdf = base64.b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", {})["data"])
        pages = pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/")
        self.hold(pdf.startswith(b"%PDF") and pages > 0, f"printed: {len(pdf)} bytes, {pages} pages")
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        sent = [url for url in sent if not url.startswith("data:") and url != self.page.as_uri()]
        self.hold(not sent, f"requests: {sent}")
        log = self.driver.get_log("browser")
        self.hold(not log, f"console: {log}")
        print(f"  {pages} printed pages, {len(sent)} requests, {len(log)} lines on the console")


def main(pages):
    failed = False
    for page in pages:
        print(f"{pathlib.Path(page).parent.name}:")
        check = Check(page)
        try:
            for scheme in ("light", "dark"):
                for width in (1280, 390):
                    check.look(scheme, width)
            check.whole()
        finally:
            check.driver.quit()
        for problem in check.problems:
            print(f"  FAILED {problem}")
        failed = failed or bool(check.problems)
    if failed:
        sys.exit("the report fails its checks")
    print("the report passes its checks")


main(sys.argv[1:])
