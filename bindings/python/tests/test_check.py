"""`Node.check`: what is wrong with the registry and the platforms in it."""

from __future__ import annotations

import pytest

from integrador import ClosedError, Finding, UnknownPlatformError

from conftest import Pair, eventually


# Shows promise 8.
def test_what_is_wrong_is_found_with_what_to_do(pair: Pair) -> None:
    def of_platforms() -> list[Finding]:
        # The tokens of these tests can be guessed, which is found too.
        return [finding for finding in pair.norte.check() if finding.kind != "registry"]

    eventually(lambda: of_platforms() == [], "that nothing is wrong")
    pair.sur.close()
    (finding,) = of_platforms()
    assert isinstance(finding, Finding)
    assert (finding.platform, finding.kind, finding.other) == ("Sur", "unreachable", None)
    assert "does not answer" in finding.what
    assert "endpoint" in finding.to_do
    pair.net.registry("Norte").write_text("[{")
    (file, _) = pair.norte.check()
    assert (file.platform, file.kind) == (None, "registry")
    pair.norte.close()
    with pytest.raises(ClosedError):
        pair.norte.check()


def test_kinds_are_words(pair: Pair) -> None:
    eventually(lambda: pair.norte.status().platforms[0].kind == "node", "that Sur is known as a node")
    assert {metric.kind for metric in pair.norte.metrics()} == {"counter", "gauge"}
    with pytest.raises(UnknownPlatformError):
        pair.norte.users("nobody")
