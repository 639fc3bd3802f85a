"""What is looked at on each page: what the browser reports, what axe finds, and the text as a reader sees it."""

import json
from pathlib import Path
from typing import Any

from tests.site.browser import Page

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text("utf-8")

_WIDER = """(() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const scrolls = (node) => node.parentElement
    && (getComputedStyle(node.parentElement).overflowX !== "visible" || scrolls(node.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((node) => node.getBoundingClientRect().right > wide + 1 && !scrolls(node))
    .map((node) => node.outerHTML.slice(0, 120)).slice(0, 3).concat(["wider than the window"]);
})()"""

# Texts of the page by the language that it is said to be in. What stands in code is of no language.
_TEXTS = """(() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!holder.closest("script, style, pre, code, textarea, .CodeMirror")) {
      found.push([holder.closest("[lang]").lang, walk.currentNode.data.trim()]);
    }
  }
  return found.filter(([, text]) => text);
})()"""

# One element for each face in which Thai is set, with the Thai consonants in it and all that is not Thai.
_THAI = """(() => {
  const faces = new Map();
  for (const node of document.body.querySelectorAll("*")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && /[\\u0e01-\\u0e5b]/.test(child.data));
    if (!own || node.closest("script, style, textarea") || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const face = [style.fontFamily, style.fontWeight, style.fontStyle, node.namespaceURI].join();
    if (faces.has(face)) continue;
    const text = node.innerText ?? node.textContent;
    node.setAttribute("data-face", faces.size);
    faces.set(face, [(text.match(/[\\u0e01-\\u0e2e]/g) ?? []).length, text.replace(/[\\u0e00-\\u0e7f]/g, "").length]);
  }
  return [...faces];
})()"""


def axe(page: Page, *rules: str) -> list[str]:
    """Return what axe finds wrong with the page as it stands, by all its rules or by some."""
    options = json.dumps({"runOnly": list(rules)} if rules else {})
    page.evaluate(f"typeof axe === 'undefined' && (() => {{{AXE}}})(); 0")
    found = page.evaluate(
        f"axe.run(document, {options}).then((found) => found.violations.map((fault) => "
        "`${fault.id}: ${fault.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(' , ')}`))"
    )
    return list(found)


def emulate(page: Page, *, width: int, dark: bool = False) -> None:
    """Show the page in a window of another width, light or dark, with nothing in motion."""
    page.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    features = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
    page.send("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in features.items()])


def wider_than_the_window(page: Page) -> list[str]:
    """Return what makes the page scroll sideways: the beginnings of up to three elements, and a word on it."""
    return list(page.evaluate(_WIDER))


def texts(page: Page) -> list[tuple[str, str]]:
    """Return the pieces of text of the page, each with the language that its element is said to be in."""
    return [(language, text) for language, text in page.evaluate(_TEXTS)]


def faces_without_thai(page: Page) -> list[str]:
    """Return the faces in which the page sets Thai that is drawn by no font of the site, and so as boxes."""
    faces = page.evaluate(_THAI)
    page.send("DOM.enable")
    page.send("CSS.enable")
    root = page.send("DOM.getDocument")["root"]["nodeId"]
    missing = []
    for number, (face, (consonants, others)) in enumerate(faces):
        node = page.send("DOM.querySelector", nodeId=root, selector=f"[data-face='{number}']")["nodeId"]
        fonts: list[dict[str, Any]] = page.send("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]
        ours = sum(font["glyphCount"] for font in fonts if font["isCustomFont"])
        foreign = sum(font["glyphCount"] for font in fonts if not font["isCustomFont"])
        if ours < consonants or foreign > others:
            missing.append(f"{face}: {fonts}")
    page.send("CSS.disable")
    page.send("DOM.disable")
    return missing
