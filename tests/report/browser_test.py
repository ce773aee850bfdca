#!/usr/bin/python3
"""The report page in headless Chromium: hostile names, sorting, filters, hover and keyboard values,
themes, widths, and rules of accessibility. Needs chromium, chromium-driver and python3-selenium;
exits 77 (skipped) without them.

usage: HCBENCH=build/release/hcbench tests/report/browser_test.py [--screenshots DIR]
"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    print("skipped: no python3-selenium; apt-get install chromium chromium-driver python3-selenium")
    sys.exit(77)
if not (shutil.which("chromium") and shutil.which("chromedriver")):
    print("skipped: no Chromium; apt-get install chromium chromium-driver python3-selenium")
    sys.exit(77)

HOSTILE = "a<b>&\"c'.onnx"
STUDY = """technologies: [45nm-lstp]
grids:
  - { model: [lenet5-digits, "a<b>&\\"c'.onnx"], data: digits, bits: [2, 3, 4, 6], trim: [0, 1],
      group: [1, 2, 4], codec: [raw, huffman, "dict:4..256*4"] }
"""
failures = []


def check(ok, what):
    if not ok:
        failures.append(what)
        print("FAIL:", what)


def make_page(folder):
    hcbench, source = os.path.abspath(os.environ["HCBENCH"]), os.environ.get("SOURCE_DIR", ".")
    shutil.copy(os.path.join(source, "datasets/models/lenet300-digits.onnx"),
                os.path.join(folder, HOSTILE))
    with open(os.path.join(folder, "s.yaml"), "w") as f:
        f.write(STUDY)
    for command in (["sweep", "s.yaml", "--db", "r.db"],
                    ["report", "--db", "r.db", "-o", "r.html", "--title", "<script>boom()</script> & co"]):
        subprocess.run([hcbench] + command, cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    return os.path.join(folder, "r.html")


def open_browser(javascript=True):
    options = Options()
    for a in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
              "--force-device-scale-factor=1", "--force-prefers-reduced-motion"):
        options.add_argument(a)
    if not javascript:
        options.add_experimental_option("prefs",
                                        {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)


def resize(browser, width):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False})


def rows(browser, column):
    """Texts of a column of the front table, of the rows that are shown."""
    return browser.execute_script(
        "return Array.from(document.querySelectorAll('#front tbody tr')).filter(r => !r.hidden)"
        ".map(r => r.cells[arguments[0]].textContent)", column)


def number(text):
    digits = text.replace("\u2212", "-").replace("\u202f", "").split("(")[0].strip()
    return None if digits == "\u2013" else float(digits)


def test_sorting(browser):
    heads = browser.find_elements(By.CSS_SELECTOR, "#front thead th")
    for i, head in enumerate(heads):
        buttons = head.find_elements(By.TAG_NAME, "button")
        if not buttons:
            check(head.text == "point", f"column {head.text} cannot be sorted")
            continue
        numeric = "n" in (head.get_attribute("class") or "").split()
        for way in ("ascending", "descending"):
            browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", buttons[0])
            buttons[0].send_keys(Keys.ENTER)  # as the keyboard does
            check(head.get_attribute("aria-sort") == way, f"{head.text}: aria-sort is not {way}")
            values = rows(browser, i)
            if numeric:
                values = [v for v in map(number, values) if v is not None]
                want = sorted(values, reverse=way == "descending")
            else:
                want = browser.execute_script(
                    "return arguments[0].slice().sort((a, b) => a.localeCompare(b, 'en', "
                    "{numeric: true}))", values)
                want = want if way == "ascending" else want[::-1]
            check(values == want and len(set(map(str, values))) > 0, f"{head.text}: not {way}")
    others = [h for h in heads if h.get_attribute("aria-sort") in ("ascending", "descending")]
    check(len(others) == 1, "more than one column says that it is sorted")


def set_field(browser, name, value):
    browser.execute_script(
        "const f = document.getElementById('filters').elements[arguments[0]]; f.value = arguments[1];"
        "f.dispatchEvent(new Event('input', {bubbles: true}))", name, value)


def test_filters(browser):
    total = len(rows(browser, 0))
    check(total > 10, "few rows")
    set_field(browser, "network", HOSTILE)
    mine = rows(browser, 0)
    check(0 < len(mine) < total and set(mine) == {HOSTILE}, "filter by network")
    count = browser.find_element(By.ID, "count")
    check(count.text == f"{len(mine)} of {total} points", f"count says '{count.text}'")
    check(count.get_attribute("aria-live") == "polite", "the count is not announced")
    set_field(browser, "network", "")
    set_field(browser, "codec", "dict")
    check(rows(browser, 7) and all(c.startswith("dict:") for c in rows(browser, 7)), "filter by codec")
    set_field(browser, "codec", "")
    set_field(browser, "low", "0.05")
    set_field(browser, "high", "5")
    losses = [number(v) for v in rows(browser, 6)]
    check(losses and all(0.04 <= v <= 5.01 for v in losses), f"filter by loss: {losses}")
    set_field(browser, "low", "")
    set_field(browser, "high", "")
    browser.find_element(By.NAME, "text").send_keys("HUFFMAN")
    check(rows(browser, 7) and set(c.split(":")[0] for c in rows(browser, 7)) == {"huffman"}, "filter by text")
    link = browser.find_element(By.CSS_SELECTOR, ".chart .s2 a")
    browser.execute_script("location.hash = arguments[0].href.baseVal", link)
    ActionChains(browser).pause(0.3).perform()
    check(len(rows(browser, 0)) == total, "a link to a hidden row does not bring it back")


def test_values(browser):
    tip = browser.find_element(By.ID, "tip")
    points = browser.find_elements(By.CSS_SELECTOR, ".chart a")
    check(len(points) > 10 and not tip.is_displayed(), "no points, or a value without a cause")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", points[1])
    ActionChains(browser).pause(0.6).move_to_element(
        points[1].find_element(By.CSS_SELECTOR, ".hit")).pause(0.2).perform()
    check(tip.is_displayed() and "bits per weight" in tip.text and "top-1" in tip.text, "hover shows no values")
    browser.execute_script("arguments[0].focus()", points[0])
    first = tip.text
    points[0].send_keys(Keys.ARROW_RIGHT)
    check(tip.is_displayed() and "top-1" in tip.text and tip.text != first, "arrow key shows no other values")
    check(browser.switch_to.active_element == points[1], "arrow key does not move the focus")
    points[1].send_keys(Keys.ESCAPE)
    check(not tip.is_displayed(), "Escape leaves the values")
    points[1].send_keys(Keys.ENTER)
    target = browser.execute_script("const r = document.querySelector('tr:target'); return r && r.id")
    check(target and browser.current_url.endswith("#" + target), "a point does not lead to its row")
    values = browser.execute_script(
        "return [document.querySelector('tr:target').cells[3].textContent, arguments[0].getAttribute('aria-label')]",
        points[1])
    check(values[0] in values[1], f"row {values[0]} is not the point {values[1]}")


def luminance(rgb):
    parts = [c / 255 for c in rgb]
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_contrast(browser, theme):
    """WCAG contrast of every text that is shown against the nearest opaque background."""
    pairs = browser.execute_script("""
        const seen = new Set();
        document.querySelectorAll('body *').forEach(e => {
            if (!Array.from(e.childNodes).some(n => n.nodeType === 3 && n.textContent.trim()))
                return;
            if (!e.checkVisibility() || e.closest('script, style')) return;
            const svg = e.namespaceURI.endsWith('svg'), style = getComputedStyle(e);
            let b = e;
            while (b && /rgba\\(.*, 0\\)/.test(getComputedStyle(b).backgroundColor)) b = b.parentElement;
            seen.add(JSON.stringify([svg ? style.fill : style.color, getComputedStyle(b || document.body).backgroundColor]));
        });
        return Array.from(seen)""")
    check(len(pairs) > 3, f"{theme}: too few colours to be all")
    for pair in pairs:
        ink, paper = [[float(x) for x in c[c.index("(") + 1:-1].split(",")[:3]]
                      for c in json.loads(pair)]
        light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
        check((light + 0.05) / (dark + 0.05) >= 4.5, f"{theme}: contrast of {pair}")


def test_accessibility(browser):
    broken = browser.execute_script("""
        const bad = [], say = (e, why) => bad.push(why + ': ' + e.outerHTML.slice(0, 90));
        let level = 0;
        document.querySelectorAll('h1, h2, h3, h4').forEach(h => {
            if (+h.tagName[1] > level + 1) say(h, 'heading out of order');
            level = +h.tagName[1];
        });
        document.querySelectorAll('input, select, textarea').forEach(e => {
            if (!e.labels.length || !e.labels[0].textContent.trim()) say(e, 'no label');
        });
        document.querySelectorAll('th').forEach(e => { if (!e.scope) say(e, 'no scope'); });
        document.querySelectorAll('table').forEach(e => { if (!e.caption) say(e, 'no caption'); });
        document.querySelectorAll('svg').forEach(e => {
            if (!e.getAttribute('role')) say(e, 'no role');
            if (e.getAttribute('aria-hidden') !== 'true' && !e.querySelector(':scope > title'))
                say(e, 'no title');
        });
        document.querySelectorAll('img').forEach(e => { if (!e.alt) say(e, 'no alt'); });
        document.querySelectorAll('button, a, summary').forEach(e => {
            if (!(e.getAttribute('aria-label') || e.textContent).trim()) say(e, 'no name');
        });
        const ids = Array.from(document.querySelectorAll('[id]'), e => e.id);
        if (new Set(ids).size !== ids.length) bad.push('an id is there twice');
        document.querySelectorAll('[href^="#"]').forEach(e => {
            if (!document.getElementById(e.getAttribute('href').slice(1))) say(e, 'leads nowhere');
        });
        document.querySelectorAll('[aria-labelledby]').forEach(e => {
            e.getAttribute('aria-labelledby').split(' ').forEach(i => {
                if (!document.getElementById(i)) say(e, 'labelled by nothing');
            });
        });
        document.querySelectorAll('.scroll').forEach(e => {
            if (e.tabIndex !== 0 || !e.getAttribute('aria-label')) say(e, 'out of reach of the keyboard');
        });
        if (document.documentElement.lang !== 'en') bad.push('no language');
        if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
        return bad""")
    check(not broken, "accessibility: " + "; ".join(broken[:5]))


def test_first_stop(browser):
    ActionChains(browser).send_keys(Keys.TAB).perform()
    first = browser.switch_to.active_element
    check(first.get_attribute("class") == "skip" and first.rect["y"] >= 0, "the first stop is no visible skip link")


def test_theme(browser):
    def paper():
        return browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    light = paper()
    test_contrast(browser, "light")
    browser.find_element(By.ID, "theme").click()
    dark = paper()
    check(dark != light, "the theme does not change")
    test_contrast(browser, "dark")
    browser.find_element(By.ID, "theme").click()
    check(paper() == light, "the theme does not change back")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                            {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    browser.execute_script("delete document.documentElement.dataset.theme")
    check(paper() == dark, "the system's dark colours are not followed")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_widths(browser, folder):
    for width in (400, 1000, 1600):
        resize(browser, width)
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        check(wide <= width, f"the page is {wide} wide in {width}")
        if not folder:
            continue
        for theme in ("light", "dark"):
            browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
            height = browser.execute_script("return document.documentElement.scrollHeight")
            shot = browser.execute_cdp_cmd("Page.captureScreenshot", {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": width, "height": min(height, 8000), "scale": 1}})
            with open(os.path.join(folder, f"report-{width}-{theme}.png"), "wb") as f:
                f.write(base64.b64decode(shot["data"]))
        browser.execute_script("delete document.documentElement.dataset.theme")


def test_quiet(browser, page):
    """Nothing in the console, nothing from the network, nothing of a name executed."""
    log = [entry["message"] for entry in browser.get_log("browser")]
    check(not log, f"console: {log[:3]}")
    for entry in browser.get_log("performance"):
        if "Network.requestWillBeSent\"" in entry["message"]:
            check("file://" in entry["message"] or "data:image" in entry["message"], "a request: " + entry["message"][:200])
    check(browser.find_element(By.TAG_NAME, "h1").text == "<script>boom()</script> & co", "the title is not as given")
    with open(page, encoding="utf-8") as f:
        text = f.read()
    check(text.count("<script>") == 1, "not one script")


def test_without_script(page):
    browser = open_browser(javascript=False)
    browser.get("file://" + page)
    check(not browser.find_element(By.ID, "filters").is_displayed(), "filters that do nothing are shown")
    check(len(browser.find_elements(By.CSS_SELECTOR, "#front tbody tr")) > 10, "no rows without script")
    check(browser.find_element(By.CSS_SELECTOR, ".chart a title") is not None, "no titles without script")
    browser.quit()


def main():
    shots = sys.argv[sys.argv.index("--screenshots") + 1] if "--screenshots" in sys.argv else None
    with tempfile.TemporaryDirectory() as folder:
        page = make_page(folder)
        browser = open_browser()
        resize(browser, 1000)
        browser.get("file://" + page)
        try:
            test_first_stop(browser)
            test_sorting(browser)
            test_filters(browser)
            test_values(browser)
            test_accessibility(browser)
            test_theme(browser)
            test_widths(browser, shots)
            test_quiet(browser, page)
        finally:
            browser.quit()
        test_without_script(page)
    print(f"{len(failures)} checks failed" if failures else "passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
