"""What these tests share: the content with skeletons, and with what curators made of them."""

from pathlib import Path

import pytest
from tests.curating.trees import CASES, FILLED, copy_content, filled, skeleton, write_case

from kg.content import find_content


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content with the skeletons of all cases."""
    root = copy_content(tmp_path_factory.mktemp("begun"))
    for case in CASES:
        write_case(root, case, skeleton(case, find_content(root)))
    return root


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content with the skeletons whose gaps were filled in."""
    root = copy_content(tmp_path_factory.mktemp("finished"))
    for case in FILLED:
        write_case(root, case, filled(case))
    return root
