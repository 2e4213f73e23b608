"""Each recipients' domain has a pace of its own; a warning waits for none."""

from channels.message import Lane
from channels.smtp.domains import DomainRule, Domains

RULES = {"qq.com": DomainRule(per_minute=2), "*": DomainRule(per_minute=100)}


def _waits(domains: Domains, count: int, *, domain: str = "qq.com", at: float = 0.0) -> list[float]:
    return [domains.wait(domain, Lane.ROUTINE, at) for _ in range(count)]


def test_mails_over_a_domain_s_pace_are_put_off_and_spread() -> None:
    domains = Domains(RULES)
    assert _waits(domains, 6) == [0, 0, 60, 60, 120, 120]
    assert _waits(domains, 3, domain="163.com") == [0, 0, 0]
    assert _waits(domains, 3, at=60.0) == [0, 0, 60]


def test_without_rules_nothing_is_put_off() -> None:
    assert _waits(Domains({}), 1000) == [0] * 1000


def test_a_domain_that_asks_for_it_rests_longer_each_time_and_no_other_does() -> None:
    domains = Domains({})
    domains.answered("qq.com", "450 4.7.1", 0.0)
    assert _waits(domains, 1, at=10.0) == [50.0]
    assert _waits(domains, 1, domain="163.com", at=10.0) == [0]
    domains.answered("qq.com", "421", 60.0)
    assert _waits(domains, 1, at=61.0) == [119.0]
    domains.answered("qq.com", "250", 200.0)
    domains.answered("qq.com", "421 4.7.0", 200.0)
    assert _waits(domains, 1, at=200.0) == [60.0]


def test_other_answers_say_nothing_of_the_pace() -> None:
    domains = Domains({})
    for code in ("550 5.1.1", "452 4.2.2", "450 4.2.0", "554 5.7.1"):
        domains.answered("qq.com", code, 0.0)
    assert _waits(domains, 1) == [0]


def test_a_warning_always_goes() -> None:
    domains = Domains(RULES)
    domains.answered("qq.com", "421", 0.0)
    assert [domains.wait("qq.com", Lane.WARNING, 1.0) for _ in range(5)] == [0] * 5
