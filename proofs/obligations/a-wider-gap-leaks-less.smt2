; a-wider-gap-leaks-less (docs/theory.md, section 6; planner/bounds.py leak_bound, unseen_gap_for)
; A weight p multiplied by x <= 1 is no larger: so K x^g falls with g, and g may be capped in a bound.
(set-logic QF_NRA)
(declare-const x Real)
(declare-const p Real)
(assert (and (>= x 0.0) (<= x 1.0)))
(assert (>= p 0.0))
(assert (not (>= p (* p x))))
(check-sat)
