"""Simulated devices share the loop with the driver, whose deadlines count no time in which both were held up."""

from steady_loop import pytest_asyncio_loop_factories

__all__ = ["pytest_asyncio_loop_factories"]
