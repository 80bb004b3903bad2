"""For those who write tools: the contract that every tool keeps, as tests to run against one's own.

    from engine.testing import Example, ToolContract

    class TestRates(ToolContract):
        tool = Rates
        config = {"table": {"usd": 1.1}}
        examples = [Example("convert", {"amount": 20}, data=22.0)]

`contract(tool, examples)` does the same without pytest. The tools of the engine are held to it too.

    tried.py    a tool under test: how it is made and called
    clauses.py  what is promised, one function a promise
    suite.py    all of them: as a function, as a class for pytest
"""

from engine.testing.suite import ContractBroken, Report, ToolContract, contract
from engine.testing.tried import Example

__all__ = ["ContractBroken", "Example", "Report", "ToolContract", "contract"]
