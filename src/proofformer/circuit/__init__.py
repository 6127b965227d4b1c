"""The typed circuit: signals, priority-list heads, gates, the exact interpreter, the JSON form."""

from proofformer.circuit.builder import Builder, Selected
from proofformer.circuit.circuit import Circuit, Node, Output
from proofformer.circuit.gates import Gate, Op
from proofformer.circuit.interpreter import answer_fields, interpret, sequence
from proofformer.circuit.lower import lower, split_index
from proofformer.circuit.networks import network
from proofformer.circuit.nodes import Head, Read, Select, Term, Visible, as_term
from proofformer.circuit.scores import added, agreement, either, euclid, inner, least, most, start_scores, total
from proofformer.circuit.seen import inclusive
from proofformer.circuit.signals import At, Kind, Part, Row, Signal

__all__ = [
    "At",
    "Builder",
    "Circuit",
    "Gate",
    "Head",
    "Kind",
    "Node",
    "Op",
    "Output",
    "Part",
    "Read",
    "Row",
    "Select",
    "Selected",
    "Signal",
    "Term",
    "Visible",
    "added",
    "agreement",
    "answer_fields",
    "as_term",
    "either",
    "euclid",
    "inclusive",
    "inner",
    "interpret",
    "least",
    "lower",
    "most",
    "network",
    "sequence",
    "split_index",
    "start_scores",
    "total",
]
