from channels.circuit import Circuit


def test_it_opens_after_failures_in_a_row() -> None:
    circuit = Circuit(failures=3, rest=60)
    for _ in range(2):
        circuit.failed(0.0, ours=False)
    circuit.worked()
    for _ in range(2):
        circuit.failed(0.0, ours=False)
    assert not circuit.is_open(0.0)
    circuit.failed(0.0, ours=False)
    assert circuit.is_open(0.0)
    assert circuit.opens_again(10.0) == 50.0


def test_it_opens_at_once_where_our_side_is_refused() -> None:
    circuit = Circuit(failures=3, rest=60)
    circuit.failed(0.0, ours=True)
    assert circuit.is_open(59.9)
    assert not circuit.admit(59.9)


def test_after_a_rest_one_may_try_and_decides_for_all() -> None:
    circuit = Circuit(failures=3, rest=60)
    circuit.failed(0.0, ours=True)
    assert circuit.admit(60.0)
    assert not circuit.admit(60.0)
    circuit.failed(61.0, ours=True)
    assert not circuit.admit(119.0)
    assert circuit.admit(121.0)
    circuit.worked()
    assert circuit.admit(121.0)
    assert circuit.admit(121.0)
