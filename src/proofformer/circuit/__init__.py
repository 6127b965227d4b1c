"""The typed circuit: signals, priority-list heads, gates, the exact interpreter, the JSON form."""

from proofformer.circuit.builder import Builder, Selected
from proofformer.circuit.check import Node, Scope
from proofformer.circuit.circuit import Circuit, Output
from proofformer.circuit.form_gates import Lookup, Relu
from proofformer.circuit.gates import CountAnd, CountXor, Gate, Maximum, Restore
from proofformer.circuit.interpreter import answer_fields, interpret, sequence
from proofformer.circuit.lower import lower, split_index
from proofformer.circuit.nodes import Head, Read, Select, Term, Visible
from proofformer.circuit.scores import added, agreement, either, euclid, inner, least, most, start_scores, total
from proofformer.circuit.seen import inclusive
from proofformer.circuit.signals import At, Part, Role, Row, Signal

__all__ = [
    "At",
    "Builder",
    "Circuit",
    "CountAnd",
    "CountXor",
    "Gate",
    "Head",
    "Lookup",
    "Maximum",
    "Node",
    "Output",
    "Part",
    "Read",
    "Relu",
    "Restore",
    "Role",
    "Row",
    "Scope",
    "Select",
    "Selected",
    "Signal",
    "Term",
    "Visible",
    "added",
    "agreement",
    "answer_fields",
    "either",
    "euclid",
    "inclusive",
    "inner",
    "interpret",
    "least",
    "lower",
    "most",
    "sequence",
    "split_index",
    "start_scores",
    "total",
]
