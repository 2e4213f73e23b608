"""Whether routes, sources and channels fit together. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from channels.secret import secret
from channels.wechat.settings import WeChatSettings
from pusher.plan.routes import Route
from pusher.review.taxonomy import Taxonomy
from pusher.settings.channels import Configured
from pusher.settings.model import Settings
from pusher.sign_up.confirmation import GOOD_FOR, SCANNED
from pusher.watch.source import SourceSettings
from subscribers.sign_up import CONFIRMATION


def routing_problems(settings: Settings, taxonomy: Taxonomy, channels: Mapping[str, Configured]) -> list[str]:
    """One sentence for each name that means nothing and each route that could write to a person twice."""
    codes = {domain.code for domain in taxonomy.domains}
    problems = []
    for name, source in settings.sources.items():
        problems += [f"sources.{name}.domains: {_unknown(code)}" for code in source.domains if code not in codes]
    for name, route in settings.routes.items():
        problems += [f"routes.{name}.{problem}" for problem in _of_route(route, settings, codes, channels)]
    problems += [f"sign_up.{problem}" for problem in _of_sign_up(settings, channels)]
    problems += [f"warnings.{problem}" for problem in _of_warnings(settings, codes, channels)]
    return problems


def _of_warnings(settings: Settings, codes: set[str], channels: Mapping[str, Configured]) -> Iterator[str]:
    warnings = settings.warnings
    if warnings.organisations and warnings.domain not in codes:
        yield f"domain: {_unknown(warnings.domain)}"
    if warnings.organisations and not warnings.channels:
        yield "channels: name the channels that warnings go over"
    yield from _channel_problems(warnings.channels, channels)
    for name in warnings.roll_call.channels:
        # A misspelt step would call nobody, and nobody would know before the flood.
        if name not in channels:
            yield f"roll_call.ladders: there is no channel {name!r}"
        elif channels[name].kind.address == "public":
            yield f"roll_call.ladders: {name!r} is read by everybody and calls nobody"
    for name, sender in warnings.automatic.items():
        yield from (f"automatic.{name}.{problem}" for problem in _of_sender(settings.sources.get(sender.source)))


def _of_sender(source: SourceSettings | None) -> Iterator[str]:
    """A sender that counts as an approver must be who it says: nobody on the way may write in its name."""
    if source is None or source.kind != "cap":
        yield 'source: name a source of kind "cap"'
    elif not source.url.startswith("https://") and not source.allow_private:
        yield "source: its address must begin with https://, or lie in a network of your own (allow_private)"


def _of_sign_up(settings: Settings, channels: Mapping[str, Configured]) -> Iterator[str]:
    yield from _channel_problems(settings.sign_up.channels, channels)
    for name in settings.sign_up.channels:
        if name in channels and channels[name].kind.address not in GOOD_FOR:
            yield f"channels: {name!r} reaches people by {channels[name].kind.address}, which nobody can confirm"
        if name in channels and channels[name].kind.address == SCANNED:
            yield from _of_account(name, channels[name])
            continue
        for one in (name, *channels[name].members) if name in channels else ():
            # Gateways of filed templates would put the code into the words of a notice, and refuse it.
            default, filed = (getattr(channels[one].settings, key, None) for key in ("template", "templates"))
            if default and CONFIRMATION not in (filed or {}):
                yield f"channels: {one!r} needs a filed template for codes: channels.{one}.templates.{CONFIRMATION}"


def _of_account(name: str, configured: Configured) -> Iterator[str]:
    """What makes an account's codes of no use: whoever scans must be heard of."""
    if not isinstance(configured.settings, WeChatSettings):
        yield f"channels: {name!r} makes no codes to scan; name a channel of kind wechat"
    elif not secret(configured.settings.callback_token, configured.settings.callback_token_file):
        yield f"channels: {name!r} hears of nobody who scans its codes: set channels.{name}.callback_token"


def _of_route(route: Route, settings: Settings, codes: set[str], channels: Mapping[str, Configured]) -> Iterator[str]:
    yield from (f"domains: {_unknown(code)}" for code in route.domains if code not in codes)
    known = {*settings.sources, "inbox"}
    yield from (f"sources: there is no source {name!r}" for name in route.sources if name not in known)
    if route.words == CONFIRMATION:
        yield f"words: {CONFIRMATION!r} are for confirmations of addresses and reach nobody else"
    yield from _channel_problems(route.channels, channels)


def _channel_problems(names: Sequence[str], channels: Mapping[str, Configured]) -> Iterator[str]:
    """Unknown channels, and two that would reach the same person by the same address."""
    yield from (f"channels: there is no channel {name!r}" for name in names if name not in channels)
    reached: dict[str, str] = {}
    for name in names:
        kind = channels[name].kind.address if name in channels else "public"
        if kind != "public" and kind in reached:
            yield (
                f"channels: {reached[kind]!r} and {name!r} both reach people by {kind}, who would get it twice; "
                "keep one of them, or join them in a channel of kind failover"
            )
        reached[kind] = name


def _unknown(code: str) -> str:
    return f"there is no domain {code!r}; `pusher domains` lists them"
