import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Models this small run slower on two threads than on one, and much slower beside another process."""
    torch.set_num_threads(1)
