"""Everything that a CAP source answers with: alerts, envelopes of them, feeds that hold or name them, JSON lists. Pure.

What a feed only names (`CapReading.links`) has to be fetched and read again; what it holds is an item at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pusher.item import Item
from pusher.watch.cap_alert import AlertRead, read_alert
from pusher.watch.cap_proof import Proof, not_asked
from pusher.watch.cap_record import Record, local_name, of_element, of_object
from pusher.watch.cap_xml import Unreadable, parse, text_of
from pusher.watch.found import Page
from pusher.watch.json_list import load
from pusher.watch.json_page import is_json
from pusher.watch.plain_text import Element
from pusher.watch.tree import address

CapKind = Literal["alert", "feed", "edxl", "json", "other"]

#: More alerts of one answer are not read; a whole country has some hundred at a time.
MOST_ALERTS = 3_000
_MOST_PROBLEMS = 100
_FEEDS = frozenset({"feed", "rss", "rdf"})
_ENTRIES = frozenset({"entry", "item"})
#: Levels that JSON lists are looked for in: {"data": {"alertData": [ … ]}}, {"features": [{"properties": … }]}.
_DEEPEST_LIST = 5
_NAMES = frozenset({"identifier", "id", "alertid"})
_WORDS = frozenset({"headline", "title", "head", "description", "info", "issuecontent"})


@dataclass(frozen=True, slots=True)
class CapReading:
    """What was read in one answer of a CAP source."""

    #: What it is; "other" for what holds and names no alert.
    kind: CapKind
    #: Name of the encoding that was read ("utf-8"); "" where nothing was.
    encoding: str
    #: The alerts it holds, in its order, repeats included; their `source` is "".
    items: tuple[Item, ...] = ()
    #: Absolute addresses of alerts that a feed only names, each once, in its order.
    links: tuple[str, ...] = ()
    #: Doubts, one sentence each.
    problems: tuple[str, ...] = ()
    #: One sentence where nothing can be said of this source's alerts; "" otherwise, also where none is in force.
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    kind: CapKind
    alerts: tuple[AlertRead, ...] = ()
    links: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def read_cap(page: Page, *, at: datetime, proof: Proof = not_asked) -> CapReading:
    """Read one answer of a CAP source; `at` is the aware time of the fetch. Never raises for anything in the bytes.

    Each alert is read as `proof` hands it back, with the facts that it states; alerts in JSON cannot be signed.
    """
    encoding = ""
    try:
        text, encoding = text_of(page.body, page.content_type)
        reader = _Reader(at, proof)
        found = _read_json(text, at=at) if is_json(text) else reader.document(parse(text), page.url)
    except Unreadable as error:
        return CapReading("other", encoding, failure=str(error))
    problems = [*found.problems, *(problem for alert in found.alerts for problem in alert.problems)]
    if len(found.alerts) >= MOST_ALERTS:
        problems.insert(0, f"only the first {MOST_ALERTS} alerts were read")
    if not found.alerts and not found.links and not problems:
        problems = ["no alert is in force"]
    items = tuple(alert.item for alert in found.alerts)
    return CapReading(found.kind, encoding, items, found.links, tuple(dict.fromkeys(problems[:_MOST_PROBLEMS])))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads documents of XML, each alert as its proof hands it back."""

    at: datetime
    proof: Proof

    def document(self, root: Element, url: str) -> _Found:
        match local_name(root):
            case "alert":
                return _Found("alert", (self._alert(root, url=address(url, "")),))
            case "edxldistribution":
                return _Found("edxl", tuple(self._inside(root, status=_envelope_status(root))))
            case name if name in _FEEDS:
                return self._feed(root, url)
            case name:
                alerts = tuple(self._inside(root))
                if not alerts and name != "alerts":
                    raise Unreadable("the answer is neither a CAP alert nor a feed of alerts")
                return _Found("alert", alerts)

    def _alert(self, element: Element, *, url: str = "", status: str = "") -> AlertRead:
        proven = self.proof(element)
        read = read_alert(of_element(proven.alert), at=self.at, url=url, status=status)
        return replace(read, item=replace(read.item, facts={**read.item.facts, **proven.facts}))

    def _inside(self, element: Element, *, url: str = "", status: str = "") -> Iterator[AlertRead]:
        """The alerts anywhere inside an element."""
        found = (one for one in element.iter("*") if one is not element and local_name(one) == "alert")
        for _, alert in zip(range(MOST_ALERTS), found, strict=False):
            yield self._alert(alert, url=url, status=status)

    def _feed(self, root: Element, url: str) -> _Found:
        alerts: list[AlertRead] = []
        links: list[str] = []
        problems: list[str] = []
        for number, entry in enumerate(_entries(root), start=1):
            if len(alerts) >= MOST_ALERTS:
                break
            link = _link(entry, url)
            inline, problem = self._inline(entry, link)
            alerts += inline
            if problem:
                problems.append(f"entry {number}: {problem}")
            if inline:
                continue
            if link:
                links.append(link)
            else:
                problems.append(f"entry {number}: it neither holds an alert nor links to one")
        return _Found("feed", tuple(alerts[:MOST_ALERTS]), tuple(dict.fromkeys(links))[:MOST_ALERTS], tuple(problems))

    def _inline(self, entry: Element, link: str) -> tuple[Sequence[AlertRead], str]:
        """The alerts inside an entry, as elements or as XML written into its text; and what was wrong with these."""
        found = tuple(self._inside(entry, url=link))
        if found:
            return found, ""
        for child in entry:
            text = (child.text or "").strip() if isinstance(child.tag, str) else ""
            if text.startswith("<") and "alert" in text[:2000] and "<identifier" in text.replace("cap:", ""):
                try:
                    return self.document(parse(text), link).alerts, ""
                except Unreadable as error:
                    return (), f"the alert in its text cannot be read: {error}"
        return (), ""


def _envelope_status(root: Element) -> str:
    """distributionStatus of an EDXL envelope where it is anything but "Actual"."""
    stated = of_element(root).text("distributionstatus")
    return "" if stated.lower() == "actual" else stated


def _entries(root: Element) -> Iterator[Element]:
    """The entries of a feed, or of the channel in it; entries inside entries are none."""
    for child in root.iterchildren("*"):
        if local_name(child) in _ENTRIES:
            yield child
        elif local_name(child) == "channel":
            yield from (item for item in child.iterchildren("*") if local_name(item) in _ENTRIES)


def _link(entry: Element, base: str) -> str:
    """Where the alert of an entry stands: a link that says it is CAP, else its own, else an address as its id."""
    ranked = sorted((rank, place, href) for place, (rank, href) in enumerate(_links(entry)) if href)
    return next((found for _, _, href in ranked if (found := address(href, base))), "")


def _links(entry: Element) -> Iterator[tuple[int, str]]:
    for child in entry:
        if not isinstance(child.tag, str):
            continue
        name, kind = local_name(child), child.get("type", "").lower()
        if name in {"link", "enclosure"}:
            is_own = child.get("rel", "alternate") in {"alternate", "via"} and "href" in child.attrib
            href = child.get("href") or child.get("url") or child.text or ""
            yield (0 if "cap" in kind else 1 if is_own or (name == "link" and not child.attrib) else 2), href
        elif name in {"id", "guid"} and (child.text or "").strip().startswith(("http://", "https://")):
            yield 3, child.text or ""


def _read_json(text: str, *, at: datetime) -> _Found:
    try:
        value = load(text)
    except ValueError:
        raise Unreadable("the answer begins like JSON but cannot be read as JSON") from None
    records = list(_records(value))[:MOST_ALERTS]
    if not records and not _is_empty_list(value):
        raise Unreadable("the JSON holds no alerts (objects with an identifier and a headline)")
    return _Found("json", tuple(read_alert(record, at=at) for record in records))


def _records(value: Any, depth: int = 0) -> Iterator[Record]:
    """The objects of a JSON value that are alerts, in its order."""
    if isinstance(value, dict):
        names = {str(name).lower() for name in value}
        if names & _NAMES and names & _WORDS:
            yield of_object(value)
            return
    elif not isinstance(value, list):
        return
    if depth < _DEEPEST_LIST:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _records(inner, depth + 1)


def _is_empty_list(value: Any) -> bool:
    return value == [] or (isinstance(value, dict) and any(inner == [] for inner in value.values()))
