"""What only a browser can tell of a page: each function takes an open one and says what is wrong.

The pages were opened with `bypass_csp`, as axe and readers' own styles are no part of them.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.pagecheck.validation import AXE

WIDTHS = (320, 360, 1280)
ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What a scheme can change.
COLOR_RULES = ["color-contrast", "link-in-text-block"]
# A4 in print; what a page of this site may weigh on its way to a phone.
MAX_PRINTED = 2
HTML_BYTES, CSS_BYTES, JS_BYTES, REQUESTS = 20_480, 15_360, 10_240, 12

RUN_AXE = """only => axe.run(document, {runOnly: only, resultTypes: ['violations']})
  .then(result => result.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(' ')} ${node.html.slice(0, 80)}`)))"""
# WCAG 1.4.12: readers may set these; nothing may be lost by it.
SPACING = """() => {
  const style = document.createElement('style');
  style.id = 'spacing';
  style.textContent = `* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`;
  document.head.append(style);
}"""
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.body.querySelectorAll('*')]
    .filter(each => each.getBoundingClientRect().right > root.clientWidth + 1
      && !each.closest('.nav, .visually-hidden'))
    .map(each => `${each.tagName.toLowerCase()}.${each.className}`);
  return [`${root.scrollWidth} in a window of ${root.clientWidth}: ${wide.slice(0, 3)}`];
}"""
# What hides its overflow must not hide words.
CUT_OFF = """() => [...document.querySelectorAll('main *')]
  .filter(each => {
    const style = getComputedStyle(each);
    return ['hidden', 'clip'].includes(style.overflowX)
      && !each.closest('.visually-hidden, picture')
      && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1);
  })
  .map(each => `cut off: ${each.tagName.toLowerCase()}.${each.className}`)"""
# Blocks of words of a column stand on the screen in the order in which they are read out.
OUT_OF_ORDER = """() => {
  const words = each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const shown = [...document.body.querySelectorAll('*')].filter(each => {
    const box = each.getBoundingClientRect();
    return words(each) && box.width > 2 && box.height > 2 && !each.closest('ruby, .skip')
      && getComputedStyle(each).visibility === 'visible' && !each.closest('.visually-hidden');
  });
  const faults = [];
  let before = null;
  for (const each of shown) {
    const box = each.getBoundingClientRect();
    if (before && !before.each.contains(each)) {
      const above = box.bottom <= before.box.top + 1;
      const side = box.right <= before.box.left + 1 && box.top < before.box.bottom - 1
        && box.bottom <= before.box.bottom + 8;
      if (above && box.left < before.box.right && box.right > before.box.left)
        faults.push(`${each.textContent.trim().slice(0, 20)} above ${before.name}`);
      else if (side && getComputedStyle(each.parentElement).display.includes('flex')
        && each.parentElement === before.each.parentElement)
        faults.push(`${each.textContent.trim().slice(0, 20)} left of ${before.name}`);
    }
    before = {each, box, name: each.textContent.trim().slice(0, 20)};
  }
  return faults;
}"""
# Beyond forty full-width characters the eye loses the way back to the next line.
LONG_LINES = """() => [...document.querySelectorAll(
    'main :is(p, li, dd, figcaption, blockquote), .foot p')]
  .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .map(each => {
    const style = getComputedStyle(each);
    const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const one = parseFloat(style.fontSize) + (parseFloat(style.letterSpacing) || 0);
    return {each, held: Math.min(Math.floor(room / one), each.innerText.length)};
  })
  .filter(({held}) => held > 40)
  .map(({each, held}) => `${held} in a line: ${each.innerText.slice(0, 20)}`)"""
FOCUSED = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  const all = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, [tabindex]')];
  return {
    name: `${each.tagName.toLowerCase()} ${each.textContent.trim().slice(0, 20)}`,
    place: all.indexOf(each),
    ring: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
      || style.boxShadow !== 'none',
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
  };
}"""
# Pictures below the first screen come when their turn does, if it comes.
LOADED = """() => {
  const later = new Set([...document.images]
    .filter(each => each.loading === 'lazy' && each.getBoundingClientRect().top > innerHeight)
    .map(each => each.currentSrc));
  return ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
    .filter(entry => !later.has(entry.name))
    .map(entry => [entry.name, entry.encodedBodySize]);
}"""
SHIFT = """() => new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
  // A window that nobody sees may get no frame.
  setTimeout(() => resolve(sum), 2000);
})"""
# Controls that do nothing without a script come with it.
IN_MAIN = """() => {
  const main = document.querySelector('main');
  const shown = [...main.querySelectorAll('a')]
    .filter(each => each.checkVisibility() && !each.closest('[data-save]'));
  let words = main.innerText;
  for (const each of main.querySelectorAll('[data-save], .share button'))
    if (each.checkVisibility({visibilityProperty: true})) words = words.replace(each.innerText, '');
  return [words.replace(/\\s+/g, ''), shown.length, main.querySelectorAll('img').length];
}"""


def axe(page, rules=ALL_RULES):
    """What axe finds, in the window and the scheme that the page has."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE.read_text("utf-8"))
    return page.evaluate(RUN_AXE, rules)


def accessibility(page):
    """Both schemes, three widths."""
    faults = []
    for scheme, rules in (("light", ALL_RULES), ("dark", COLOR_RULES)):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            faults += [f"{scheme} {width}: {fault}" for fault in axe(page, rules)]
    page.emulate_media(color_scheme="light")
    return faults


def reflow(page):
    """At 320 px, and in a window of 1280 at 200 %, with readers' own spacing too."""
    faults = []
    for width in (320, 640):
        page.set_viewport_size({"width": width, "height": 700})
        faults += page.evaluate(TOO_WIDE)
    page.set_viewport_size({"width": 320, "height": 700})
    page.evaluate(SPACING)
    faults += page.evaluate(TOO_WIDE) + page.evaluate(CUT_OFF)
    page.evaluate("document.getElementById('spacing').remove()")
    return faults


def line_length(page):
    """In the widest column that there is."""
    page.set_viewport_size({"width": WIDTHS[-1], "height": 800})
    return page.evaluate(LONG_LINES)


def reading_order(page):
    faults = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        faults += page.evaluate(OUT_OF_ORDER)
    return faults


def focus(page, stops=30):
    """Each stop of the Tab key is seen, has a ring, and comes after the one before it."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("scrollTo(0, 0)")
    faults, place = [], -1
    for _ in range(stops):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            break
        if stop["place"] < place:
            faults.append(f"{stop['name']} comes out of order")
        place = stop["place"]
        if not stop["ring"]:
            faults.append(f"{stop['name']} shows no focus")
        if not stop["seen"]:
            faults.append(f"{stop['name']} is out of sight")
    if place < 0 and page.locator("a[href], button, input, select, textarea").count():
        faults.append("nothing takes the focus")
    return faults


def weight(page):
    """What came over the wire for a phone, cold, beside the page itself."""
    loaded = page.evaluate(LOADED)
    origin = "/".join(page.url.split("/")[:3])
    sizes = {"css": 0, "js": 0}
    for name, size in loaded:
        ending = urlsplit(name).path.rpartition(".")[2]
        if ending in sizes:
            sizes[ending] += size
    limits = {"css": CSS_BYTES, "js": JS_BYTES}
    faults = [
        f"{sizes[part]} bytes of {part}, {limit} allowed"
        for part, limit in limits.items()
        if sizes[part] > limit
    ]
    if len(loaded) > REQUESTS:
        faults.append(f"{len(loaded)} requests, {REQUESTS} allowed")
    faults += [f"asks {name}" for name, _ in loaded if not name.startswith(origin)]
    if (shift := page.evaluate(SHIFT)) > 0:
        faults.append(f"the layout shifts by {shift:.3f}")
    return faults


def in_main(page):
    """What stands in <main>: its words, its links, its pictures."""
    return page.evaluate(IN_MAIN)


def printed_pages(page):
    """How many sheets of A4 a page takes."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
